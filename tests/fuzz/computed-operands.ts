import type { Dtype } from '../../src/base/dtype.ts'
import type { Shape } from '../../src/base/shape.ts'
import type { Draft } from './draft.ts'

/** Something elementwise of an operand of this shape, transposed after it or not: what products compute themselves. */
function computedOperand(draft: Draft, dtype: Dtype, shape: Shape): number | undefined {
  const { random } = draft
  const isTransposed = random.chance(0.5)
  const axes = [...shape.keys()].slice(0, -2).concat(shape.length - 1, shape.length - 2)
  const inMemory = isTransposed ? axes.map((axis) => shape[axis]!) : shape
  const x = draft.fresh(random.pick([dtype, 'uint8', 'bool'] as const), inMemory)
  let made = draft.op('cast', [x], { dtype })
  const other = draft.fresh(dtype, random.pick([inMemory, inMemory.slice(-1), [...inMemory.slice(0, -1), 1]]))
  if (made !== undefined && random.chance(0.7)) made = draft.op('mul', [made, other])
  if (made !== undefined && random.chance(0.3)) made = draft.op('where', [draft.fresh('bool', inMemory), made, other])
  return made !== undefined && isTransposed ? draft.op('permute', [made], { axes }) : made
}

/** Products large enough that they compute their operands. */
export function productOfComputed(draft: Draft): number | undefined {
  const { random } = draft
  const dtype = random.pick(['float32', 'float32', 'float64', 'int32'] as const)
  const batch = random.pick([[], [], [2], [3, 1]])
  const [m, k, n] = [random.pick([8, 13, 33, 65]), random.pick([4, 7, 12]), random.pick([3, 4, 10, 17, 32])]
  const a = random.chance(0.7) ? computedOperand(draft, dtype, [...batch, m, k]) : draft.fresh(dtype, [...batch, m, k])
  const b = random.chance(0.5) ? computedOperand(draft, dtype, [...batch, k, n]) : draft.fresh(dtype, [...batch, k, n])
  if (a === undefined || b === undefined) return undefined
  // A second product of one of them computes it again.
  if (random.chance(0.3)) draft.op('matmul', [a, draft.fresh(dtype, [...batch, k, n])])
  return draft.op('matmul', [a, b])
}

/** Windows side by side over images that are computed. */
export function windowsOfComputed(draft: Draft): number | undefined {
  const { random } = draft
  const step = random.pick([1, 2, 3])
  const dtype = random.pick(['float32', 'float32', 'float64', 'int32'] as const)
  const images = computedOperand(draft, dtype, [random.pick([1, 2]), random.pick([2, 20]), 13 * step, 11 * step])
  // What would be too large comes out smaller.
  if (images === undefined || draft.typeOf(images).shape.length !== 4) return undefined
  const filters = draft.fresh(dtype, [
    random.pick([3, 8]),
    draft.typeOf(images).shape[1]!,
    step,
    random.pick([1, step]),
  ])
  return draft.op('conv2d', [images, filters], { strides: [step, step], dilations: [1, 1], groups: 1 })
}
