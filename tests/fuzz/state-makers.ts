import { dtypes, isFloat, type Dtype } from '../../src/base/dtype.ts'
import { broadcastShapes, type Shape, type TensorType } from '../../src/base/shape.ts'
import { indices } from './block-makers.ts'
import type { Draft } from './draft.ts'
import type { Maker } from './makers.ts'
import type { AssignStep, PlaceRange } from './program.ts'

/** A state, old or new, whose type fits. */
function someState(draft: Draft, fits: (type: TensorType) => boolean): number | undefined {
  const isState = (i: number): boolean => draft.steps[i]!.kind === 'state'
  const known = draft.random.chance(0.7) ? draft.find((type, i) => isState(i) && fits(type)) : undefined
  if (known !== undefined) return known
  const alike = draft.find(fits)
  return alike === undefined ? undefined : draft.input('state', draft.typeOf(alike), 'ordinary')
}

/** A value of this dtype that spreads to `shape`. */
function spreading(draft: Draft, dtype: Dtype, shape: Shape): number {
  const { random } = draft
  const fits = (type: TensorType): boolean =>
    type.dtype === dtype && broadcastShapes(type.shape, shape)?.join() === shape.join()
  const found = random.chance(0.6) ? draft.find(fits) : undefined
  return found ?? draft.fresh(dtype, random.pick([shape, shape.map((size) => (random.chance(0.5) ? 1 : size)), []]))
}

/** A method with a trailing underscore on a whole state. */
export const changeInPlace: Maker = (draft) => {
  const { random } = draft
  const state = someState(draft, ({ dtype }) => dtype !== 'bool')
  if (state === undefined) return undefined
  const { dtype, shape } = draft.typeOf(state)
  const methods: AssignStep['method'][] = ['add_', 'sub_', 'mul_', 'clamp_', 'copy_', 'fill_']
  const method = random.pick(isFloat(dtype) ? [...methods, 'div_' as const] : methods)!
  const value =
    method === 'fill_'
      ? draft.constant(dtype)
      : spreading(draft, method === 'copy_' ? random.pick(dtypes) : dtype, shape)
  draft.assign(state, value, { method })
  return undefined
}

/** Part of a state: slices, positions of the run, lists of them. */
export const changePlace: Maker = (draft) => {
  const { random } = draft
  const state = someState(draft, ({ shape }) => shape.length > 0 && !shape.includes(0))
  if (state === undefined) return undefined
  const { dtype, shape } = draft.typeOf(state)
  const sizes: number[] = []
  const ranges: PlaceRange[] = []
  let hasList = false
  for (const size of shape.slice(0, random.below(shape.length + 1))) {
    const choice = random.below(10)
    if (choice < 3) ranges.push({ step: indices(draft, [], size) })
    else if (choice < 5 && !hasList) {
      hasList = true
      const count = random.pick([1, 2, 5])
      ranges.push({ step: indices(draft, [count], size) })
      sizes.push(count)
    } else if (choice < 6) ranges.push(random.below(size))
    else if (choice < 8) {
      const start = random.below(size)
      const step = random.pick([1, 2, -1])
      ranges.push([start, null, step])
      sizes.push(Math.ceil((step > 0 ? size - start : start + 1) / Math.abs(step)))
    } else {
      ranges.push(null)
      sizes.push(size)
    }
  }
  sizes.push(...shape.slice(ranges.length))
  // Bytes of a list are not added up, nor is bool.
  const adds = dtype !== 'bool' && !(hasList && dtype === 'uint8') && random.chance(0.4)
  draft.assign(state, spreading(draft, dtype, sizes), { place: { ranges, method: adds ? 'add_' : 'set_' } })
  return undefined
}
