import { dtypeInfo, type TypedArray } from '../../src/base/dtype.ts'
import { contiguousStrides, elementCount, type Shape } from '../../src/base/shape.ts'
import {
  inDependencyOrder,
  type Graph,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../../src/ir/graph.ts'
import { elementwise } from './elementwise.ts'
import { randomElements, randomOrder } from './random.ts'

/**
 * What a graph means, in plain loops that share no code with the kernels. Elementwise ops and views give the bits the kernels must give, but
 * for functions such as exp, which are within their ulp bounds; sums and products are taken in float64 and rounded once.
 */
export interface Evaluation {
  readonly results: readonly TypedArray[]
  /** By name of the state. */
  readonly writes: ReadonlyMap<string, TypedArray>
}
export type Inputs = (input: GraphInput) => TypedArray

export function evaluateGraph(graph: Graph, inputs: Inputs): Evaluation {
  const elements = new Map<GraphValue, TypedArray>(graph.inputs.map((input) => [input, inputs(input)]))
  const of = (value: GraphValue): TypedArray => elements.get(value)!
  for (const value of inDependencyOrder(graph)) {
    if (value.op === 'constant') elements.set(value, spread(value.value, value.type))
    else if (value.op !== 'result') elements.set(value, evaluateNode(value, value.operands.map(of)))
    else if (value.index === 0) {
      const results = evaluateControl(value.control, value.control.operands.map(of))
      value.control.results.forEach((result, i) => elements.set(result, results[i]!))
    }
  }
  return {
    results: graph.results.map(of),
    writes: new Map(graph.writes.map(({ state, value }) => [state.name, of(value)])),
  }
}

/** Runs the regions in JavaScript. */
function evaluateControl(control: GraphControl, operands: readonly TypedArray[]): readonly TypedArray[] {
  const { regions, carried, counted } = control
  const run = (region: Graph, given: readonly TypedArray[]): readonly TypedArray[] =>
    evaluateGraph(region, (input) => given[region.inputs.indexOf(input)]!).results
  if (control.name === 'cond' || control.name === 'switchCase') {
    const chosen = Math.min(Math.max(operands[0]![0]!, 0), regions.length - 1)
    return run(regions[chosen]!, operands.slice(1))
  }
  const [most, first] = counted ? [operands[0]![0]!, 1] : [Infinity, 0]
  let values = operands.slice(first, first + carried)
  const captures = operands.slice(first + carried)
  let pass = 0
  const given = (): TypedArray[] => [Int32Array.of(pass), ...values, ...captures]
  while (pass < most && (regions.length < 2 || run(regions[1]!, given())[0]![0]! !== 0)) {
    values = [...run(regions[0]!, given())]
    pass++
  }
  return [...values, Int32Array.of(pass)]
}

const spread = (value: number | TypedArray, type: GraphValue['type']): TypedArray =>
  typeof value === 'number' ? new dtypeInfo[type.dtype].array(elementCount(type.shape)).fill(value) : value

/** Every index of `shape` in row-major order. */
function* indicesOf(shape: Shape): Generator<readonly number[]> {
  const strides = contiguousStrides(shape)
  const count = elementCount(shape)
  for (let i = 0; i < count; i++) yield shape.map((size, axis) => Math.floor(i / strides[axis]!) % size)
}

const offsetOf = (index: readonly number[], shape: Shape): number =>
  contiguousStrides(shape).reduce((offset, stride, axis) => offset + stride * index[axis]!, 0)
/** The element that `index` of a broadcast result comes from. */
const broadcastOffset = (index: readonly number[], shape: Shape): number =>
  offsetOf(
    shape.map((size, axis) => (size === 1 ? 0 : index[index.length - shape.length + axis]!)),
    shape,
  )

/** The elements of one node, given those of its operands. */
export function evaluateNode(node: GraphNode, operands: readonly TypedArray[]): TypedArray {
  const { type, operands: from } = node
  const result = new dtypeInfo[type.dtype].array(elementCount(type.shape))
  const shapes = from.map((operand) => operand.type.shape)
  const set = (element: (index: readonly number[], position: number) => number): TypedArray => {
    let position = 0
    for (const index of indicesOf(type.shape)) result[position] = element(index, position++)
    return result
  }
  const at = (operand: number, index: readonly number[]): number =>
    operands[operand]![offsetOf(index, shapes[operand]!)]!
  const scalar = elementwise[node.op]
  if (scalar) {
    const dtype = from[0]!.type.dtype
    return set((index) =>
      scalar(
        operands.map((operand, i) => operand[broadcastOffset(index, shapes[i]!)]!),
        { from: dtype, to: type.dtype },
      ),
    )
  }
  const attrs = node.attrs as never // each case reads those of its own op
  switch (node.op) {
    case 'iota': {
      const { axis } = attrs as { axis: number }
      return set((index) => index[axis]!)
    }
    case 'oneHot':
      return set((index) => (at(0, index.slice(0, -1)) === index.at(-1) ? 1 : 0))
    case 'gather': {
      const { axis } = attrs as { axis: number }
      const after = axis + shapes[1]!.length
      return set((index) => {
        const picked = at(1, index.slice(axis, after))
        return at(0, [...index.slice(0, axis), picked < 0 ? picked + shapes[0]![axis]! : picked, ...index.slice(after)])
      })
    }
    case 'assertion':
      return set(() => 1)
    case 'random': {
      const { distribution } = attrs as { distribution: 'uniform' | 'normal' | 'bits' }
      return randomElements(result, operands[0]!, distribution, type.dtype)
    }
    case 'permutation':
      return randomOrder(result, operands[0]!)
    case 'reshape':
      return set((_, position) => operands[0]![position]!)
    case 'permute': {
      const { axes } = attrs as { axes: readonly number[] }
      return set((index) =>
        at(
          0,
          shapes[0]!.map((_, axis) => index[axes.indexOf(axis)]!),
        ),
      )
    }
    case 'broadcastTo':
      return set((index) => operands[0]![broadcastOffset(index, shapes[0]!)]!)
    case 'slice': {
      const { starts, steps } = attrs as { starts: readonly number[]; steps: readonly number[] }
      return set((index) =>
        at(
          0,
          index.map((i, axis) => starts[axis]! + i * steps[axis]!),
        ),
      )
    }
    case 'sum':
    case 'prod':
    case 'max':
    case 'min':
      return reduced(node, operands[0]!, result)
    case 'matmul': {
      const multiply = type.dtype === 'int32' ? Math.imul : (a: number, b: number): number => a * b
      const inner = shapes[0]!.at(-1)!
      return set((index) => {
        const [batch, row, column] = [index.slice(0, -2), index.at(-2)!, index.at(-1)!]
        let total = 0
        for (let k = 0; k < inner; k++) total += multiply(at(0, [...batch, row, k]), at(1, [...batch, k, column]))
        return total
      })
    }
    case 'conv2d': {
      const { strides, dilations, groups } = attrs as {
        strides: readonly number[]
        dilations: readonly number[]
        groups: number
      }
      const multiply = type.dtype === 'int32' ? Math.imul : (a: number, b: number): number => a * b
      const [outputs, channels, height, width] = shapes[1]!
      return set(([n, o, y, x]) => {
        const first = Math.floor(o! / (outputs! / groups)) * channels!
        let total = 0
        for (let c = 0; c < channels!; c++)
          for (let i = 0; i < height!; i++)
            for (let j = 0; j < width!; j++) {
              const point = [n!, first + c, y! * strides[0]! + i * dilations[0]!, x! * strides[1]! + j * dilations[1]!]
              total += multiply(at(0, point), at(1, [o!, c, i, j]))
            }
        return total
      })
    }
    case 'concat': {
      const { axis } = attrs as { axis: number }
      return set((index) => {
        let [operand, position] = [0, index[axis]!]
        while (position >= shapes[operand]![axis]!) position -= shapes[operand++]![axis]!
        return at(operand, index.with(axis, position))
      })
    }
    case 'pad': {
      const { starts, steps, value } = attrs as { starts: readonly number[]; steps: readonly number[]; value: number }
      result.fill(value)
      for (const index of indicesOf(shapes[0]!))
        result[
          offsetOf(
            index.map((i, axis) => starts[axis]! + i * steps[axis]!),
            type.shape,
          )
        ] = at(0, index)
      return result
    }
    case 'assemble': {
      const { starts, steps } = attrs as {
        starts: readonly (readonly number[])[]
        steps: readonly (readonly number[])[]
      }
      shapes.forEach((shape, operand) => {
        for (const index of indicesOf(shape)) {
          const place = index.map((i, axis) => starts[operand]![axis]! + i * steps[operand]![axis]!)
          result[offsetOf(place, type.shape)] = at(operand, index)
        }
      })
      return result
    }
    case 'dynamicSlice': {
      const place = placeOf(attrs, operands.slice(1))
      return set((index) => at(0, place(index)))
    }
    case 'checkedIndex': {
      const { size } = attrs as { size: number }
      return set((_, position) => operands[0]![position]! + (operands[0]![position]! < 0 ? size : 0))
    }
    case 'setSlice': {
      result.set(operands[0]!)
      const place = placeOf(attrs, operands.slice(2))
      for (const index of indicesOf(shapes[1]!)) result[offsetOf(place(index), type.shape)] = at(1, index)
      return result
    }
    case 'scatter': {
      const { axis, combine: how } = attrs as { axis: number; combine: 'set' | 'add' }
      result.set(operands[0]!)
      for (const index of indicesOf(shapes[1]!)) {
        const to = offsetOf(index.with(axis, operands[2]![index[axis]!]!), type.shape)
        result[to] = how === 'set' ? at(1, index) : result[to]! + at(1, index)
      }
      return result
    }
    case 'scatterAdd': {
      const { axis, size } = attrs as { axis: number; size: number }
      for (const index of indicesOf(shapes[0]!)) {
        const to = operands[1]![index[axis]!]!
        result[offsetOf(index.with(axis, to < 0 ? to + size : to), type.shape)]! += at(0, index)
      }
      return result
    }
    default:
      throw new Error(`the reference does not know ${node.op}`)
  }
}

/** Where element `index` of a block lies. */
function placeOf(attrs: unknown, shifts: readonly TypedArray[]): (index: readonly number[]) => number[] {
  const { starts, steps, axes } = attrs as Record<'starts' | 'steps' | 'axes', readonly number[]>
  return (index) =>
    index.map((i, axis) => {
      const shift = axes.includes(axis) ? shifts[axes.indexOf(axis)]![0]! : 0
      return starts[axis]! + shift + i * steps[axis]!
    })
}

const combine = {
  sum: (a: number, b: number): number => a + b,
  prod: (a: number, b: number): number => a * b,
  max: Math.max,
  min: Math.min,
} as const
const start = { sum: 0, prod: 1, max: -Infinity, min: Infinity } as const

function reduced(node: GraphNode, x: TypedArray, result: TypedArray): TypedArray {
  const op = node.op as keyof typeof combine // the caller's cases
  const { axes, keepDims } = node.attrs as { axes: readonly number[]; keepDims: boolean }
  const { dtype, shape } = node.operands[0]!.type
  const totals = new Float64Array(result.length).fill(start[op])
  let position = 0
  for (const index of indicesOf(shape)) {
    const kept = keepDims
      ? index.map((i, axis) => (axes.includes(axis) ? 0 : i))
      : index.filter((_, axis) => !axes.includes(axis))
    const to = offsetOf(kept, node.type.shape)
    const next = x[position++]!
    totals[to] = op === 'prod' && dtype === 'int32' ? Math.imul(totals[to]!, next) : combine[op](totals[to]!, next)
  }
  result.set(totals)
  return result
}
