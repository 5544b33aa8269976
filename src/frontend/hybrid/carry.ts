import { sameType, shapeText } from '../../base/shape.ts'
import { scalarTensor } from '../eager.ts'
import { context } from '../context.ts'
import { isPlainObject } from '../hybridize/template.ts'
import { Tensor } from '../tensor.ts'
import { asHostValue, hostKind } from './host-value.ts'
import { isMissing } from './missing.ts'
import { booleanTensor } from './test.ts'

/**
 * A variable's value at the border of a region: its tensors, and how they make up the value. Numbers and booleans are tensors in there;
 * `constant` keeps what they were, for one that is the same on both sides stays itself.
 */
export type Form =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  | { readonly kind: 'number'; readonly tensor: Tensor; readonly constant: number | undefined }
  | { readonly kind: 'boolean'; readonly tensor: Tensor; readonly constant: boolean | undefined }
  | { readonly kind: 'array'; readonly parts: readonly Form[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly parts: readonly Form[] }
  | { readonly kind: 'missing'; readonly value: unknown } // undefined, or what stands for a value that is not there
  | { readonly kind: 'other'; readonly value: unknown }

export function formOf(value: unknown): Form {
  if (value === undefined || isMissing(value)) return { kind: 'missing', value }
  if (typeof value === 'number') return { kind: 'number', tensor: weakScalar(value), constant: value }
  if (typeof value === 'boolean') return { kind: 'boolean', tensor: booleanTensor(value), constant: value }
  if (value instanceof Tensor) {
    if (value.weak) return { kind: 'number', tensor: value, constant: undefined }
    return hostKind(value) === 'boolean'
      ? { kind: 'boolean', tensor: value, constant: undefined }
      : { kind: 'tensor', tensor: value }
  }
  if (Array.isArray(value)) return { kind: 'array', parts: value.map(formOf) }
  if (isPlainObject(value)) {
    const keys = Object.keys(value)
    return { kind: 'object', keys, parts: keys.map((key) => formOf(value[key])) }
  }
  return { kind: 'other', value }
}

/** A number as an op's operand; the recording has it as a constant. */
export function weakScalar(value: number): Tensor {
  const tensor = scalarTensor(value, 'float64', true)
  context.recorder?.constant(tensor, value)
  return tensor
}

/** The tensors of a form, in order. */
export function leavesOf(form: Form, leaves: Tensor[] = []): Tensor[] {
  if ('tensor' in form) leaves.push(form.tensor)
  else if ('parts' in form) for (const part of form.parts) leavesOf(part, leaves)
  return leaves
}

/** The value with other tensors, taken from `next`. */
export function valueOf(form: Form, next: () => Tensor): unknown {
  switch (form.kind) {
    case 'tensor':
      return next()
    case 'number':
      return asHostValue(asWeak(next()), 'number')
    case 'boolean':
      return asHostValue(next(), 'boolean')
    case 'array':
      return form.parts.map((part) => valueOf(part, next))
    case 'object':
      return Object.fromEntries(form.keys.map((key, i) => [key, valueOf(form.parts[i]!, next)]))
    default:
      return form.value
  }
}

/** A result of a region as a number: it takes the dtype of what it meets. */
export const asWeak = (tensor: Tensor): Tensor => withWeakness(tensor, true)

/** A number as a tensor of its own dtype. */
export const asStrong = (tensor: Tensor): Tensor => withWeakness(tensor, false)

function withWeakness(tensor: Tensor, weak: boolean): Tensor {
  if (tensor.weak === weak) return tensor
  const { type, storage, layout, derivation } = tensor
  const same = new Tensor(type, storage, { layout, weak, derivation })
  context.recorder?.alias(same, tensor)
  return same
}

/** Whether two forms can be results of one region op: equal but for the numbers in them. */
export function fits(a: Form, b: Form): boolean {
  if (isTruth(a) && isTruth(b)) return true
  if (a.kind !== b.kind) return false
  if ('tensor' in a && 'tensor' in b) return sameType(a.tensor.type, b.tensor.type)
  if (a.kind === 'array' && b.kind === 'array') return a.parts.length === b.parts.length && allFit(a.parts, b.parts)
  if (a.kind === 'object' && b.kind === 'object')
    return a.keys.length === b.keys.length && a.keys.every((key, i) => key === b.keys[i]) && allFit(a.parts, b.parts)
  return Object.is((a as { value?: unknown }).value, (b as { value?: unknown }).value) // the kinds that are left have one
}

const allFit = (a: readonly Form[], b: readonly Form[]): boolean => a.every((part, i) => fits(part, b[i]!))

/** A boolean of JavaScript and a bool scalar can take each other's place. */
const isTruth = (form: Form): boolean =>
  form.kind === 'boolean' || (form.kind === 'tensor' && form.tensor.dtype === 'bool' && form.tensor.rank === 0)

/** The value where both sides agree on numbers and booleans, which then need no tensor. Takes all leaves of `a` from `next`. */
export function merged(a: Form, b: Form, next: () => Tensor): unknown {
  if ((a.kind === 'number' && b.kind === 'number') || (a.kind === 'boolean' && b.kind === 'boolean')) {
    const result = valueOf(a, next)
    return a.constant !== undefined && Object.is(a.constant, b.constant) ? a.constant : result
  }
  if (a.kind === 'array' && b.kind === 'array') return a.parts.map((part, i) => merged(part, b.parts[i]!, next))
  if (a.kind === 'object' && b.kind === 'object')
    return Object.fromEntries(a.keys.map((key, i) => [key, merged(a.parts[i]!, b.parts[i]!, next)]))
  return valueOf(a, next)
}

/** A form in words, for errors. */
export function formText(form: Form): string {
  switch (form.kind) {
    case 'tensor':
      return `${form.tensor.dtype}${shapeText(form.tensor.shape)}`
    case 'number':
      return form.constant === undefined ? 'a number' : `the number ${form.constant}`
    case 'boolean':
      return 'a boolean'
    case 'array':
      return `[${form.parts.map(formText).join(', ')}]`
    case 'object':
      return `{ ${form.keys.map((key, i) => `${key}: ${formText(form.parts[i]!)}`).join(', ')} }`
    case 'missing':
      return 'undefined'
    case 'other':
      return typeof form.value === 'function'
        ? `the function ${form.value.name}`
        : typeof form.value === 'object' && form.value !== null
          ? `an instance of ${form.value.constructor.name}`
          : typeof form.value === 'symbol'
            ? (form.value.description ?? 'a symbol')
            : JSON.stringify(form.value)
  }
}
