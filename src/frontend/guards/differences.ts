import { sameShape, type TensorType } from '../../base/shape.ts'
import { isPlainObject, matches, Leaves, type Template } from '../hybridize/template.ts'
import { Tensor } from '../tensor.ts'
import { changeOf, valueText, type GuardFailure, type GuardKind } from './guard-failure.ts'

/** More than anyone wants to read. */
const most = 8

/** In what a value differs from a template, outermost first; nothing where it matches. */
export function differences(template: Template, value: unknown, subject: string): GuardFailure[] {
  const found: GuardFailure[] = []
  const visit = (form: Template, part: unknown, at: string): void => {
    if (found.length >= most || matches(form, part, new Leaves())) return
    const differ = (kind: GuardKind, was: string, now: string): void => void found.push({ kind, subject: at, was, now })
    switch (form.kind) {
      case 'tensor':
        if (!(part instanceof Tensor)) return differ('structure', 'a tensor', valueText(part))
        if (part.isVariable) return differ('variable', 'a value', 'a variable')
        typeDifferences(form, part, differ)
        if (part.weak !== form.weak) differ('dtype', weakText(form.weak), weakText(part.weak))
        return
      case 'variable': {
        if (!(part instanceof Tensor)) return differ('structure', 'a variable', valueText(part))
        if (!part.isVariable) return differ('variable', 'a variable', 'a value')
        const { type, requiresGrad } = form.variable
        const before = found.length
        typeDifferences({ type, requiresGrad }, part, differ)
        if (found.length === before) differ('variable', 'a variable', 'another variable')
        return
      }
      case 'leaf':
        if (!(part instanceof Tensor)) return differ('structure', 'a variable', valueText(part))
        if (!part.isVariable) return differ('variable', 'a variable', 'a value')
        return typeDifferences(form, part, differ)
      case 'number':
        return differ('structure', 'a number', valueText(part))
      case 'static': {
        const { was, now } = changeOf(valueText(form.value), valueText(part))
        const areNumbers = typeof form.value === 'number' && typeof part === 'number'
        return differ(areNumbers ? 'number' : 'static', was, now)
      }
      case 'bytes': {
        const isLike = ArrayBuffer.isView(part) && part.constructor.name === form.name
        const [was, now] = isLike ? ['its contents', 'other contents'] : [form.name, valueText(part)]
        return differ(isLike ? 'static' : 'structure', was, now)
      }
      case 'array':
        if (!Array.isArray(part)) return differ('structure', 'an array', valueText(part))
        if (part.length !== form.items.length)
          return differ('structure', `${form.items.length} items`, `${part.length} items`)
        return form.items.forEach((item, i) => visit(item, part[i], `${at}[${i}]`))
      case 'object': {
        if (!isPlainObject(part)) return differ('structure', 'an object', valueText(part))
        const keys = Object.keys(part).sort()
        if (String(keys) !== String(form.keys)) return differ('structure', keysText(form.keys), keysText(keys))
        return form.keys.forEach((key, i) => visit(form.items[i]!, part[key], `${at}.${key}`))
      }
    }
  }
  visit(template, value, subject)
  return found
}

function typeDifferences(
  form: { readonly type: TensorType; readonly requiresGrad: boolean },
  part: Tensor,
  differ: (kind: GuardKind, was: string, now: string) => void,
): void {
  if (part.dtype !== form.type.dtype) differ('dtype', form.type.dtype, part.dtype)
  if (!sameShape(part.shape, form.type.shape)) differ('shape', listText(form.type.shape), listText(part.shape))
  if (part.requiresGrad !== form.requiresGrad)
    differ('requiresGrad', gradText(form.requiresGrad), gradText(part.requiresGrad))
}

/** The same for a whole call: `this`, then the arguments. */
export function callDifferences(
  { items }: Template & { kind: 'array' },
  [self, ...args]: readonly unknown[],
): GuardFailure[] {
  const forms = items.slice(1)
  const found = differences(items[0]!, self, 'this')
  if (forms.length !== args.length)
    found.push({
      kind: 'structure',
      subject: 'arguments',
      was: String(forms.length),
      now: String(args.length),
    })
  for (const [i, form] of forms.entries())
    if (i < args.length && found.length < most) found.push(...differences(form, args[i], `argument ${i}`))
  return found
}

const listText = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`
const keysText = (keys: readonly string[]): string => `keys {${keys.join(', ')}}`
const gradText = (requiresGrad: boolean): string => (requiresGrad ? 'requires a gradient' : 'requires no gradient')
const weakText = (isWeak: boolean): string => (isWeak ? 'a number that takes the dtype it meets' : 'a tensor')
