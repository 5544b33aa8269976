import { sameType, type Shape } from '../../base/shape.ts'
import type { Template } from '../hybridize/template.ts'

/** Axes of a call's tensors that change their size, all from one size to one other. */
export interface SizeChange {
  readonly from: number
  readonly to: number
  readonly axes: readonly ChangedAxis[]
}
/** Of the tensor with a number among the leaves, in an argument of the function. */
export interface ChangedAxis {
  readonly argument: number
  readonly leaf: number
  readonly axis: number
}

/** How two forms of calls differ, if it is by one size only. The first item of a form is `this`. */
export function sizeChange(a: Template & { kind: 'array' }, b: Template & { kind: 'array' }): SizeChange | undefined {
  const axes: ChangedAxis[] = []
  let [from, to]: (number | undefined)[] = [undefined, undefined]
  let leaf = 0
  const changes = (argument: number, small: Shape, large: Shape): boolean =>
    small.length === large.length &&
    small.every((size, axis) => {
      const other = large[axis]!
      if (size === other) return true
      from ??= size
      to ??= other
      axes.push({ argument, leaf, axis })
      return size === from && other === to
    })
  const visit = (argument: number, x: Template, y: Template): boolean => {
    if (x.kind === 'tensor' && y.kind === 'tensor') {
      const isLike = x.type.dtype === y.type.dtype && x.weak === y.weak && x.requiresGrad === y.requiresGrad
      const isFitting = isLike && changes(argument, x.type.shape, y.type.shape)
      leaf++
      return isFitting
    }
    if (x.kind === 'array' && y.kind === 'array') return all(argument, x.items, y.items)
    if (x.kind === 'object' && y.kind === 'object')
      return String(x.keys) === String(y.keys) && all(argument, x.items, y.items)
    if (x.kind === 'variable' || x.kind === 'leaf' || x.kind === 'number') leaf++
    return sameForm(x, y)
  }
  const all = (argument: number, xs: readonly Template[], ys: readonly Template[]): boolean =>
    xs.length === ys.length && xs.every((x, i) => visit(argument, x, ys[i]!))
  const isOne = a.items.length === b.items.length && a.items.every((item, i) => visit(i - 1, item, b.items[i]!))
  return isOne && from !== undefined && to !== undefined ? { from, to, axes } : undefined
}

/** Of forms that have no size that may change. */
function sameForm(x: Template, y: Template): boolean {
  if (x.kind === 'variable') return y.kind === 'variable' && x.variable === y.variable
  if (x.kind === 'leaf') return y.kind === 'leaf' && sameType(x.type, y.type) && x.requiresGrad === y.requiresGrad
  if (x.kind === 'static') return y.kind === 'static' && Object.is(x.value, y.value)
  if (x.kind === 'bytes')
    return (
      y.kind === 'bytes' &&
      x.name === y.name &&
      x.bytes.length === y.bytes.length &&
      x.bytes.every((byte, i) => byte === y.bytes[i])
    )
  return x.kind === y.kind && x.kind === 'number'
}

export const sameAxes = (a: SizeChange, b: SizeChange): boolean =>
  a.axes.length === b.axes.length &&
  a.axes.every(({ leaf, axis }, i) => b.axes[i]!.leaf === leaf && b.axes[i]!.axis === axis)
