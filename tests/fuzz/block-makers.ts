import { dtypes } from '../../src/base/dtype.ts'
import type { Shape } from '../../src/base/shape.ts'
import type { Block, OpName } from '../../src/ops/table.ts'
import type { Draft } from './draft.ts'
import type { Maker } from './makers.ts'

/** Positions along an axis of `limit` elements. */
export const indices = (draft: Draft, shape: Shape, limit: number): number =>
  draft.input(
    draft.random.pick(['argument', 'argument', 'state']),
    { dtype: 'int32', shape },
    { kind: 'index', limit, fails: draft.canFail && draft.random.chance(0.15) },
  )

/** A place in `shape` for `extent` elements along each of a few axes, whose starts are checked numbers of the run. */
function block(draft: Draft, shape: Shape): { sizes: Shape; attrs: Block; shifts: number[] } | undefined {
  const { random } = draft
  const [axes, shifts, sizes, starts, steps] = [[], [], [], [], []] as number[][] as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ] // five
  for (const [axis, size] of shape.entries()) {
    const isDynamic = axes.length < 2 && random.chance(axis === 0 ? 0.8 : 0.3)
    const extent = isDynamic
      ? size > 2 && random.chance(0.4)
        ? 1 + random.below(size - 2)
        : 1
      : random.pick([size, 1])
    if (isDynamic) {
      const start = draft.op('checkedIndex', [indices(draft, [], size - extent + 1)], { axis, size, extent })
      if (start === undefined) return undefined
      axes.push(axis)
      shifts.push(start)
    }
    const step = !isDynamic && extent > 1 && random.chance(0.2) ? -1 : 1
    sizes.push(extent)
    steps.push(step)
    starts.push(isDynamic || extent === size ? (step < 0 ? size - 1 : 0) : random.below(size))
  }
  return { sizes, attrs: { starts, steps, axes }, shifts }
}

const somewhere = (draft: Draft): number => draft.any(dtypes, ({ shape }) => shape.length > 0 && !shape.includes(0))

const dynamicSlice: Maker = (draft) => {
  const x = somewhere(draft)
  const { shape } = draft.typeOf(x)
  const place = shape.length > 0 && !shape.includes(0) ? block(draft, shape) : undefined
  return place && draft.op('dynamicSlice', [x, ...place.shifts], { ...place.attrs, sizes: place.sizes })
}

const setSlice: Maker = (draft) => {
  const x = somewhere(draft)
  const { dtype, shape } = draft.typeOf(x)
  const place = shape.length > 0 && !shape.includes(0) ? block(draft, shape) : undefined
  if (!place) return undefined
  const alike = draft.find((type) => type.dtype === dtype && type.shape.join() === place.sizes.join())
  const value = alike !== undefined && draft.random.chance(0.5) ? alike : draft.fresh(dtype, place.sizes)
  return draft.op('setSlice', [x, value, ...place.shifts], place.attrs)
}

const checkedIndex: Maker = (draft) => {
  const size = draft.random.pick([1, 2, 5, 17])
  return draft.op('checkedIndex', [indices(draft, draft.shape(40), size)], { axis: 0, size, extent: 1 })
}

const scatter: Maker = (draft) => {
  const { random } = draft
  const x = somewhere(draft)
  const { dtype, shape } = draft.typeOf(x)
  if (shape.length === 0 || shape.includes(0)) return undefined
  const axis = random.below(shape.length)
  const count = random.pick([1, 2, 5, 17])
  const checked = draft.op('checkedIndex', [indices(draft, [count], shape[axis]!)], {
    axis,
    size: shape[axis]!,
    extent: 1,
  })
  if (checked === undefined) return undefined
  const updates = draft.fresh(dtype, shape.with(axis, count))
  return draft.op('scatter', [x, updates, checked], { axis, combine: random.pick(['set', 'add']) })
}

export const blockMakers = { dynamicSlice, setSlice, checkedIndex, scatter } satisfies {
  readonly [O in OpName]?: Maker
}
