import { dtypes, isFloat, type Dtype } from '../../src/base/dtype.ts'
import { GryphError } from '../../src/base/errors.ts'
import { broadcastShapes, elementCount, type Shape } from '../../src/base/shape.ts'
import { inferType } from '../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { blockMakers, indices } from './block-makers.ts'
import { productOfComputed, windowsOfComputed } from './computed-operands.ts'
import type { Draft } from './draft.ts'
import type { Random } from './random.ts'

/** Adds one step, and whatever operands it lacks. */
export type Maker = (draft: Draft) => number | undefined

/** Dtypes that an elementwise op or reduction accepts, asked of its record. */
function acceptedBy(op: OpName, arity: number, attrs: Attrs = {}): readonly Dtype[] {
  return dtypes.filter((dtype) => {
    try {
      inferType(
        op,
        Array.from({ length: arity }, () => ({ dtype, shape: [] })),
        attrs,
      )
      return true
    } catch (error) {
      if (error instanceof GryphError) return false
      throw error
    }
  })
}

const unary = (op: OpName): Maker => {
  const accepted = acceptedBy(op, 1)
  return (draft) => draft.op(op, [draft.any(accepted)])
}

/** A shape that broadcasts with `shape`: some sizes 1, some axes left out, or more axes in front. */
function partnerShape(random: Random, shape: Shape): Shape {
  const choice = random.below(10)
  if (choice < 4) return shape
  if (choice < 6) return shape.map((size) => (random.chance(0.5) ? 1 : size))
  if (choice < 8) return shape.slice(random.below(shape.length + 1))
  if (choice === 8 || shape.length > 3) return []
  return [random.pick([1, 2, 3]), ...shape]
}

const partner = (draft: Draft, operand: number): number => {
  const { dtype, shape } = draft.typeOf(operand)
  const fits = (other: Shape): boolean => broadcastShapes(shape, other) !== undefined
  const found = draft.random.chance(0.6) ? draft.find((type) => type.dtype === dtype && fits(type.shape)) : undefined
  return (
    found ?? (draft.random.chance(0.25) ? draft.constant(dtype) : draft.fresh(dtype, partnerShape(draft.random, shape)))
  )
}

const binary = (op: OpName): Maker => {
  const accepted = acceptedBy(op, 2)
  return (draft) => {
    const first = draft.any(accepted)
    return draft.op(op, draft.random.shuffled([first, partner(draft, first)]))
  }
}

const reduction = (op: OpName): Maker => {
  const accepted = acceptedBy(op, 1, { axes: [], keepDims: false })
  return (draft) => {
    const x = draft.any(accepted)
    const { shape } = draft.typeOf(x)
    const every = shape.map((_, axis) => axis)
    const axes = draft.random.chance(0.3) ? every : every.filter(() => draft.random.chance(0.5))
    return draft.op(op, [x], { axes, keepDims: draft.random.chance(0.4) })
  }
}

/** Another shape with as many elements: axes merged, split, or of size 1 added and dropped. */
function sameCount(random: Random, shape: Shape): Shape {
  switch (random.below(5)) {
    case 0:
      return [elementCount(shape)]
    case 1:
      return shape.toSpliced(random.below(shape.length + 1), 0, 1)
    case 2:
      return shape.filter((size) => size !== 1)
    case 3: {
      const at = random.below(Math.max(1, shape.length - 1))
      return shape.length < 2 ? [...shape, 1] : shape.toSpliced(at, 2, shape[at]! * shape[at + 1]!)
    }
    default: {
      const at = random.below(Math.max(1, shape.length))
      const factor = [2, 3, 5, 7].find((n) => shape.length > 0 && shape[at]! % n === 0)
      return factor === undefined ? [1, ...shape] : shape.toSpliced(at, 1, factor, shape[at]! / factor)
    }
  }
}

const slice: Maker = (draft) => {
  const { random } = draft
  const x = draft.any(dtypes)
  const parts = draft.typeOf(x).shape.map((length) => {
    if (length === 0) return { start: 0, size: 0, step: 1 }
    if (random.chance(0.4))
      return random.chance(0.8) ? { start: 0, size: length, step: 1 } : { start: length - 1, size: length, step: -1 }
    const step = random.pick([1, 1, 2, 3, -1, -2])
    const start = random.below(length)
    const most = step > 0 ? Math.ceil((length - start) / step) : Math.floor(start / -step) + 1
    return { start, size: random.chance(0.05) ? 0 : 1 + random.below(most), step }
  })
  return draft.op('slice', [x], {
    starts: parts.map(({ start }) => start),
    sizes: parts.map(({ size }) => size),
    steps: parts.map(({ step }) => step),
  })
}

const pad: Maker = (draft) => {
  const { random } = draft
  const x = draft.any(dtypes)
  const { dtype, shape } = draft.typeOf(x)
  const parts = shape.map((size) => {
    const step = random.pick([1, 1, 1, 2, -1])
    const [before, after] = [random.below(3), random.below(3)]
    const reach = size === 0 ? 0 : (size - 1) * Math.abs(step) + 1
    return { start: step > 0 ? before : before + Math.max(reach - 1, 0), total: before + reach + after, step }
  })
  const value = isFloat(dtype) ? random.pick([0, -0, 1.5, NaN]) : dtype === 'bool' ? 1 : random.pick([0, 3])
  return draft.op('pad', [x], {
    shape: parts.map(({ total }) => total),
    starts: parts.map(({ start }) => start),
    steps: parts.map(({ step }) => step),
    value,
  })
}

/** Two or more operands of one shape whose elements take turns along an axis. */
const assemble: Maker = (draft) => {
  const { random } = draft
  const first = draft.any(dtypes, ({ shape }) => shape.length > 0)
  const { dtype, shape } = draft.typeOf(first)
  if (shape.length === 0) return undefined
  const axis = random.chance(0.6) ? shape.length - 1 : axisOf(random, shape)
  const count = 2 + random.below(2)
  const step = count + random.below(2)
  const parts = [
    first,
    ...Array.from({ length: count - 1 }, () =>
      random.chance(0.4)
        ? (draft.find((type) => type.dtype === dtype && type.shape.join() === shape.join()) ??
          draft.fresh(dtype, shape))
        : draft.fresh(dtype, shape),
    ),
  ]
  const along = (value: number, other: number): number[] => shape.map((_, i) => (i === axis ? value : other))
  return draft.op('assemble', parts, {
    shape: shape.map((size, i) => (i === axis ? size * step + 1 : size)),
    starts: parts.map((_, i) => along(i, 0)),
    steps: parts.map(() => along(step, 1)),
  })
}

const axisOf = (random: Random, shape: Shape): number => random.below(shape.length)

const gather: Maker = (draft) => {
  const x = draft.any(dtypes, ({ shape }) => shape.length > 0 && !shape.includes(0))
  const { shape } = draft.typeOf(x)
  if (shape.length === 0) return undefined
  const axis = axisOf(draft.random, shape)
  return draft.op('gather', [x, indices(draft, draft.shape(40).slice(0, 2), shape[axis]!)], { axis })
}

const scatterAdd: Maker = (draft) => {
  const { random } = draft
  const updates = draft.any(['float32', 'float64', 'int32'], ({ shape }) => shape.length > 0)
  const { shape } = draft.typeOf(updates)
  if (shape.length === 0) return undefined
  const axis = axisOf(random, shape)
  const size = random.pick([1, 2, 5, 17])
  return draft.op('scatterAdd', [updates, indices(draft, [shape[axis]!], size)], { axis, size })
}

/** Rows of a batch times one matrix, as the documented call does it, plus something. */
function rowsTimesMatrix(draft: Draft, first: number, columns: number): number | undefined {
  const { dtype, shape } = draft.typeOf(first)
  const [rows, inner] = [shape.slice(0, -1), shape.at(-1)!]
  const tall = draft.op('reshape', [first], { shape: [elementCount(rows), inner] })
  if (tall === undefined) return undefined
  const product = draft.op('matmul', [tall, draft.fresh(dtype, [inner, columns])])
  if (product === undefined) return undefined
  const split = draft.op('reshape', [product], { shape: [...rows, columns] })
  if (split === undefined) return undefined
  const other = draft.random.pick([[columns], [...rows, columns], [...rows.slice(1), columns]])
  return draft.op('add', [split, draft.fresh(dtype, other)])
}

const matmul: Maker = (draft) => {
  const { random } = draft
  if (random.chance(0.25)) return productOfComputed(draft)
  const first = draft.any(['float32', 'float32', 'float64', 'int32'], ({ shape }) => shape.length >= 2)
  const { dtype, shape } = draft.typeOf(first)
  if (shape.length < 2) return undefined
  const isLeft = random.chance(0.7)
  const inner = isLeft ? shape.at(-1)! : shape.at(-2)!
  const outer = random.pick([1, 2, 3, 4, 8, 10, 10, 12, 13, 16, 17, 33, 64, 129])
  const batch = shape.slice(0, -2)
  if (isLeft && batch.length > 0 && random.chance(0.4)) return rowsTimesMatrix(draft, first, outer)
  const last = isLeft ? [inner, outer] : [outer, inner]
  const fits = (other: Shape): boolean =>
    other.length === shape.length &&
    (isLeft ? other.at(-2) : other.at(-1)) === inner &&
    other.slice(0, -2).join() === batch.join()
  let second = random.chance(0.5) ? draft.find((type) => type.dtype === dtype && fits(type.shape)) : undefined
  if (second === undefined && random.chance(0.4)) {
    const transposed = draft.fresh(dtype, [...batch, ...last.toReversed()])
    second = draft.op('permute', [transposed], {
      axes: [...batch.map((_, i) => i), shape.length - 1, shape.length - 2],
    })
  }
  second ??= draft.fresh(dtype, [...batch, ...last])
  return draft.op('matmul', isLeft ? [first, second] : [second, first])
}

const conv2d: Maker = (draft) => {
  if (draft.random.chance(0.2)) return windowsOfComputed(draft)
  const { random } = draft
  const images = draft.any(
    ['float32', 'float32', 'float64', 'int32'],
    ({ shape }) => shape.length === 4 && !shape.includes(0),
  )
  const { dtype, shape } = draft.typeOf(images)
  if (shape.length !== 4 || shape.includes(0)) return undefined
  const channels = shape[1]!
  const groups = random.pick([1, 1, channels])
  const window = shape.slice(2).map((size) => 1 + random.below(Math.min(size, 3)))
  const weights = draft.fresh(dtype, [groups * random.pick([1, 2, 3, 8]), channels / groups, ...window])
  const pair = (): readonly [number, number] => [random.pick([1, 1, 2]), random.pick([1, 1, 2, 3])]
  return draft.op('conv2d', [images, weights], {
    strides: pair(),
    dilations: random.chance(0.7) ? [1, 1] : pair(),
    groups,
  })
}

const concat: Maker = (draft) => {
  const { random } = draft
  const first = draft.any(dtypes, ({ shape }) => shape.length > 0)
  const { dtype, shape } = draft.typeOf(first)
  if (shape.length === 0) return undefined
  const axis = axisOf(random, shape)
  const others = Array.from({ length: 1 + random.below(2) }, () => {
    const fits = (other: Shape): boolean =>
      other.length === shape.length && other.every((size, i) => i === axis || size === shape[i])
    const found = draft.find((type) => type.dtype === dtype && fits(type.shape))
    return found !== undefined && random.chance(0.6)
      ? found
      : draft.fresh(dtype, shape.with(axis, random.pick([0, 1, 2, 5])))
  })
  return draft.op('concat', random.shuffled([first, ...others]), { axis })
}

const generator = (draft: Draft): number =>
  draft.find(
    (type, value) => draft.steps[value]!.kind === 'state' && type.dtype === 'int32' && type.shape.join() === '4',
  ) ?? draft.input('state', { dtype: 'int32', shape: [4] }, 'generator')

/** How to draw each primitive; one left out is a type error. */
export const makers: { readonly [N in OpName]: Maker } = {
  copy: unary('copy'),
  neg: unary('neg'),
  abs: unary('abs'),
  sign: unary('sign'),
  sqrt: unary('sqrt'),
  floor: unary('floor'),
  exp: unary('exp'),
  expm1: unary('expm1'),
  log: unary('log'),
  log1p: unary('log1p'),
  sin: unary('sin'),
  cos: unary('cos'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  erf: unary('erf'),
  relu: unary('relu'),
  logicalNot: unary('logicalNot'),
  cast: (draft) => draft.op('cast', [draft.any(dtypes)], { dtype: draft.random.pick([...dtypes, 'float32'] as const) }),
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  div: binary('div'),
  pow: binary('pow'),
  maximum: binary('maximum'),
  minimum: binary('minimum'),
  equal: binary('equal'),
  notEqual: binary('notEqual'),
  less: binary('less'),
  lessEqual: binary('lessEqual'),
  greater: binary('greater'),
  greaterEqual: binary('greaterEqual'),
  logicalAnd: binary('logicalAnd'),
  logicalOr: binary('logicalOr'),
  logicalXor: binary('logicalXor'),
  where: (draft) => {
    const first = draft.any(dtypes)
    const second = partner(draft, first)
    const { shape } = draft.typeOf(first)
    const condition =
      draft.find((type) => type.dtype === 'bool' && broadcastShapes(type.shape, shape) !== undefined) ??
      draft.fresh('bool', partnerShape(draft.random, shape))
    return draft.op('where', [condition, ...draft.random.shuffled([first, second])])
  },
  iota: (draft) => {
    const shape = draft.shape()
    return shape.length === 0
      ? undefined
      : draft.op('iota', [], {
          shape,
          axis: axisOf(draft.random, shape),
          dtype: draft.random.pick(['uint8', 'int32', 'float32', 'float64']),
        })
  },
  oneHot: (draft) => {
    const depth = draft.random.pick([1, 3, 10, 17])
    return draft.op('oneHot', [indices(draft, draft.shape(300).slice(0, 2), depth)], {
      depth,
      dtype: draft.random.pick(dtypes),
    })
  },
  gather,
  assertion: (draft) => {
    const value = draft.any(['int32', 'uint8'])
    const condition = draft.op('equal', [value, value], {})
    return condition === undefined
      ? undefined
      : draft.op('assertion', [condition], { test: 'true', message: 'a number equals itself' })
  },
  random: (draft) => {
    const distribution = draft.random.pick(['uniform', 'normal', 'bits'] as const)
    const dtype = distribution === 'bits' ? 'int32' : draft.random.pick(['float32', 'float64'] as const)
    return draft.op('random', [generator(draft)], { shape: draft.shape(), distribution, dtype })
  },
  reshape: (draft) => {
    const x = draft.any(dtypes)
    return draft.op('reshape', [x], { shape: sameCount(draft.random, draft.typeOf(x).shape) })
  },
  permute: (draft) => {
    const x = draft.any(dtypes, ({ shape }) => shape.length > 1)
    return draft.op('permute', [x], { axes: draft.random.shuffled(draft.typeOf(x).shape.map((_, axis) => axis)) })
  },
  broadcastTo: (draft) => {
    const x = draft.any(dtypes)
    const { shape } = draft.typeOf(x)
    const grown = shape.map((size) => (size === 1 && draft.random.chance(0.7) ? draft.random.pick([2, 3, 17]) : size))
    return draft.op('broadcastTo', [x], {
      shape: draft.random.chance(0.4) && shape.length < 4 ? [draft.random.pick([1, 2, 5]), ...grown] : grown,
    })
  },
  slice,
  sum: reduction('sum'),
  prod: reduction('prod'),
  max: reduction('max'),
  min: reduction('min'),
  matmul,
  conv2d,
  concat,
  pad,
  assemble,
  scatterAdd,
  ...blockMakers,
  permutation: (draft) => draft.op('permutation', [generator(draft)], { size: draft.random.pick([0, 1, 2, 17, 130]) }),
}
