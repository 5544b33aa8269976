import { sameType, type TensorType } from '../../base/shape.ts'
import { argumentNotPlain, argumentTooDeep } from '../errors.ts'
import { Tensor } from '../tensor.ts'

/**
 * The form of a function's arguments: what a specialisation was compiled for. Tensors and numbers are leaves, numbered in order;
 * everything else is part of the form.
 */
export type Template =
  | { readonly kind: 'tensor'; readonly type: TensorType; readonly weak: boolean; readonly requiresGrad: boolean }
  | { readonly kind: 'variable'; readonly variable: Tensor }
  | { readonly kind: 'leaf'; readonly type: TensorType; readonly requiresGrad: boolean } // any variable, of which the values are read
  | { readonly kind: 'number' }
  | { readonly kind: 'static'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array } // a typed array: its contents at the time
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly items: readonly Template[] }

/** An argument deeper than this most likely contains itself. */
const deepest = 64

/** The template of a value; `isStatic` keeps its numbers in the form. @throws ARGUMENT_TOO_DEEP */
export function templateOf(value: unknown, isStatic: boolean, functionName = 'the function', depth = 0): Template {
  if (depth > deepest) throw argumentTooDeep(functionName)
  const inside = (part: unknown): Template => templateOf(part, isStatic, functionName, depth + 1)
  if (value instanceof Tensor) {
    return value.isVariable
      ? { kind: 'variable', variable: value }
      : { kind: 'tensor', type: value.type, weak: value.weak, requiresGrad: value.requiresGrad }
  }
  if (typeof value === 'number' && !isStatic) return { kind: 'number' }
  if (Array.isArray(value)) return { kind: 'array', items: value.map(inside) }
  if (isPlainObject(value)) {
    const keys = Object.keys(value).sort()
    return { kind: 'object', keys, items: keys.map((key) => inside(value[key])) }
  }
  if (ArrayBuffer.isView(value)) return { kind: 'bytes', name: value.constructor.name, bytes: bytesOf(value).slice() }
  if (holdsTensors(value)) throw argumentNotPlain(functionName, (value as object).constructor.name) // only objects hold anything
  return { kind: 'static', value }
}

/** Whether an instance has tensors that can change under a program compiled for it. Variables cannot: programs read them where they are. */
function holdsTensors(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const parts: readonly unknown[] =
    value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value)
  return parts.some((part) => part instanceof Tensor && !part.isVariable)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

function hasBytes(value: unknown, { name, bytes }: Template & { kind: 'bytes' }): boolean {
  if (!ArrayBuffer.isView(value) || value.constructor.name !== name || value.byteLength !== bytes.length) return false
  return bytesOf(value).every((byte, i) => byte === bytes[i])
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The tensors and numbers of one call, in template order. Reused, so that a call allocates nothing. */
export class Leaves {
  values: (Tensor | number)[] = []
  length = 0

  push(value: Tensor | number): void {
    this.values[this.length++] = value
  }
}

/** Whether `value` has the template's form; its leaves go to `leaves`. */
export function matches(template: Template, value: unknown, leaves: Leaves): boolean {
  switch (template.kind) {
    case 'tensor':
      if (
        !(value instanceof Tensor) ||
        value.isVariable ||
        !sameType(template.type, value.type) ||
        value.weak !== template.weak ||
        value.requiresGrad !== template.requiresGrad
      )
        return false
      leaves.push(value)
      return true
    case 'variable':
      if (value !== template.variable) return false
      leaves.push(template.variable)
      return true
    case 'leaf':
      if (
        !(value instanceof Tensor) ||
        !value.isVariable ||
        !sameType(template.type, value.type) ||
        value.requiresGrad !== template.requiresGrad
      )
        return false
      leaves.push(value)
      return true
    case 'number':
      if (typeof value !== 'number') return false
      leaves.push(value)
      return true
    case 'static':
      return Object.is(value, template.value)
    case 'bytes':
      return hasBytes(value, template)
    case 'array':
      return (
        Array.isArray(value) && value.length === template.items.length && matchesItems(template.items, value, leaves)
      )
    case 'object':
      return isPlainObject(value) && matchesKeys(template, value, leaves)
  }
}

function matchesItems(items: readonly Template[], values: readonly unknown[], leaves: Leaves): boolean {
  for (let i = 0; i < items.length; i++) if (!matches(items[i]!, values[i], leaves)) return false
  return true
}

function matchesKeys(
  { keys, items }: Template & { kind: 'object' },
  value: Record<string, unknown>,
  leaves: Leaves,
): boolean {
  let count = 0
  for (const key in value) if (Object.hasOwn(value, key)) count++
  if (count !== keys.length) return false
  for (let i = 0; i < keys.length; i++) {
    if (!Object.hasOwn(value, keys[i]!) || !matches(items[i]!, value[keys[i]!], leaves)) return false
  }
  return true
}

/** `value` with every leaf replaced, by position; arrays and plain objects are rebuilt. */
export function mapLeaves(
  value: unknown,
  template: Template,
  replace: (leaf: Tensor | number, position: number, form: Template) => unknown,
): unknown {
  let position = 0
  const visit = (part: unknown, form: Template): unknown => {
    switch (form.kind) {
      case 'tensor':
      case 'variable':
      case 'leaf':
      case 'number':
        return replace(part as Tensor | number, position++, form) // the template was made from this value
      case 'static':
      case 'bytes':
        return part
      case 'array':
        return (part as readonly unknown[]).map((item, i) => visit(item, form.items[i]!)) // as above
      case 'object': {
        const object = part as Record<string, unknown> // as above
        const visited = new Map(form.keys.map((key, i) => [key, visit(object[key], form.items[i]!)]))
        return Object.fromEntries(Object.keys(object).map((key) => [key, visited.get(key)]))
      }
    }
  }
  return visit(value, template)
}

/** Whether `value` still is what `mapLeaves` made of the template: the same leaves in the same places. */
export function isUntouched(value: unknown, template: Template, leaves: readonly unknown[]): boolean {
  let position = 0
  const visit = (part: unknown, form: Template): boolean => {
    switch (form.kind) {
      case 'tensor':
      case 'variable':
      case 'leaf':
      case 'number':
        return part === leaves[position++]
      case 'static':
        return Object.is(part, form.value)
      case 'bytes':
        return hasBytes(part, form)
      case 'array':
        return (
          Array.isArray(part) &&
          part.length === form.items.length &&
          form.items.every((item, i) => visit(part[i], item))
        )
      case 'object':
        return (
          isPlainObject(part) &&
          Object.keys(part).length === form.keys.length &&
          form.keys.every((key, i) => Object.hasOwn(part, key) && visit(part[key], form.items[i]!))
        )
    }
  }
  return visit(value, template)
}

/** The template in words, as `explain` shows it. */
export function describeTemplate(template: Template): string {
  switch (template.kind) {
    case 'tensor':
      return `${template.type.dtype}[${template.type.shape.join(', ')}]${template.requiresGrad ? ' requiresGrad' : ''}`
    case 'leaf':
      return `any variable ${template.type.dtype}[${template.type.shape.join(', ')}]${template.requiresGrad ? ' requiresGrad' : ''}`
    case 'variable':
      return `variable ${template.variable.dtype}[${template.variable.shape.join(', ')}]`
    case 'number':
      return 'number'
    case 'static':
      return typeof template.value === 'function'
        ? `function ${template.value.name}`
        : typeof template.value === 'object' && template.value !== null
          ? template.value.constructor.name
          : String(template.value)
    case 'bytes':
      return `${template.name} of ${template.bytes.length} bytes`
    case 'array':
      return `[${template.items.map(describeTemplate).join(', ')}]`
    case 'object':
      return `{ ${template.keys.map((key, i) => `${key}: ${describeTemplate(template.items[i]!)}`).join(', ')} }`
  }
}

/** The arguments of a call in words; `this` comes first in a template. */
export const signatureText = ({ items }: Template & { kind: 'array' }): string =>
  `(${items.slice(1).map(describeTemplate).join(', ')})`
