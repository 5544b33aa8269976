import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TypedArray } from '../../src/base/dtype.ts'
import { elementCount, type Shape } from '../../src/base/shape.ts'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import { isNode, type GraphNode, type GraphValue } from '../../src/ir/graph.ts'
import { isView } from '../../src/ir/materialize.ts'
import { needsContiguousOperand } from '../../src/kernel/lower.ts'
import { contiguousLayout } from '../../src/base/layout.ts'
import { recordOf } from '../../src/ops/registry.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { matchesGolden } from '../golden.ts'
import {
  bufferLength,
  elementsOf,
  emptyArray,
  type Given,
  input,
  node,
  number,
  runGroup,
  scatteredLayout,
} from './group-fixture.ts'

/** A row-wise program over one input of full shape and labels at kept shape. */
interface Program {
  readonly nodes: readonly GraphNode[]
  readonly outputs: readonly GraphNode[]
}

const sum = (x: GraphValue, axes: readonly number[], keepDims = true): GraphNode => node('sum', [x], { axes, keepDims })
const max = (x: GraphValue, axes: readonly number[]): GraphNode => node('max', [x], { axes, keepDims: true })

function softmax(x: GraphValue, axes: readonly number[]): Program {
  const largest = max(x, axes)
  const centered = node('sub', [x, largest])
  const exponentials = node('exp', [centered])
  const total = sum(exponentials, axes)
  const result = node('div', [exponentials, total])
  return { nodes: [largest, centered, exponentials, total, result], outputs: [result, total] }
}

/** Both moments, the normalized values, and a sum that comes back through a view. */
function normalize(x: GraphValue, axes: readonly number[]): Program {
  const count = axes.reduce((product, axis) => product * x.type.shape[axis]!, 1)
  const mean = node('div', [sum(x, axes), number(count)])
  const centered = node('sub', [x, mean])
  const square = node('mul', [centered, centered])
  const variance = sum(square, axes, false)
  const deviation = node('sqrt', [variance])
  const shaped = node('reshape', [deviation], { shape: mean.type.shape })
  const result = node('div', [centered, shaped])
  const absolute = sum(node('abs', [result]), axes)
  const small = node('less', [result, absolute])
  return {
    nodes: [
      mean.operands[0] as GraphNode,
      mean,
      centered,
      square,
      variance,
      deviation,
      result,
      absolute.operands[0] as GraphNode,
      absolute,
      small,
    ], // made above
    outputs: [result, absolute, small, variance],
  }
}

/** More reductions of one stage than a pass holds, over a value that is stored too. */
function moments(x: GraphValue, axes: readonly number[]): Program {
  const scaled = node('mul', [x, number(0.5)])
  const [a, b, c] = [sum(scaled, axes), max(scaled, axes), sum(x, axes)]
  const mixed = node('add', [node('mul', [scaled, a]), node('sub', [b, c])])
  const [product, difference] = mixed.operands as [GraphNode, GraphNode] // made above
  return { nodes: [scaled, a, b, c, product, difference, mixed], outputs: [scaled, a, b, mixed] }
}

const programs = { softmax, normalize, moments }

/** The values of the nodes, each by a kernel of its own. */
function oneByOne(program: Program, given: Given, simd: boolean): Map<GraphValue, TypedArray> {
  const known = new Map<GraphValue, TypedArray>()
  const givenFor = (value: GraphValue): Given => {
    if (value === given.value) return given
    if (isNode(value) && isView(value)) return { value, data: known.get(value.operands[0]!)! }
    return { value, data: known.get(value)! }
  }
  for (const each of program.nodes) {
    const kind = recordOf(each.op).kind === 'reduction' ? 'reduction' : 'elementwise'
    const group: FusionGroup = {
      kind,
      nodes: [each],
      outputs: [each],
      ...(kind === 'reduction' ? { anchor: each } : {}),
    }
    const operands = [...new Set(each.operands)].filter((operand) => operand.op !== 'constant').map(givenFor)
    known.set(each, runGroup(group, operands, { simd }).outputs[0]!)
  }
  return known
}

const groupOf = ({ nodes, outputs }: Program): FusionGroup => ({
  kind: 'row-wise',
  nodes,
  anchor: nodes.find(({ op }) => recordOf(op).kind === 'reduction')!,
  outputs,
})

const bits = (data: TypedArray): string[] => Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value)))

function expectSame(
  name: keyof typeof programs,
  shape: Shape,
  axes: readonly number[],
  order?: readonly number[],
  gap = 0,
): void {
  const x = input('float32', shape)
  const layout = order ? scatteredLayout(shape, order, gap) : contiguousLayout(shape)
  const data = emptyArray('float32', bufferLength(layout, shape)).map(
    (_, i) => Math.sin(i * 12.9898) * (i % 7 === 0 ? 8 : 1),
  )
  const program = programs[name](x, axes)
  const group = groupOf(program)
  if (needsContiguousOperand(group, (value) => (value === x ? layout : contiguousLayout(value.type.shape)))) return
  const expected = oneByOne(program, { value: x, data: Float32Array.from(elementsOf(data, layout, shape)) }, false)
  for (const simd of [true, false]) {
    const { outputs } = runGroup(group, [{ value: x, data, layout }], { simd })
    program.outputs.forEach((output, i) =>
      expect(bits(outputs[i]!), `${name} ${output.op} simd ${simd}`).toEqual(bits(expected.get(output)!)),
    )
  }
}

describe('a row-wise kernel', () => {
  it('gives the bits of one kernel for each node, for any shape, axes and layout', () => {
    const cases = fc
      .record({
        shape: fc
          .array(fc.constantFrom(1, 2, 3, 4, 5, 10, 16, 17, 33, 130), { minLength: 1, maxLength: 4 })
          .filter((shape) => elementCount(shape) <= 5000 && elementCount(shape) > 1),
        name: fc.constantFrom<keyof typeof programs>('softmax', 'normalize', 'moments'),
        gap: fc.nat(2),
      })
      .chain((given) => {
        const axes = given.shape.map((_, axis) => axis)
        return fc.record({
          given: fc.constant(given),
          axes: fc.subarray(axes, { minLength: 1 }).filter((chosen) => chosen.some((axis) => given.shape[axis]! > 1)),
          order: fc.shuffledSubarray(axes, { minLength: axes.length }),
        })
      })
    fc.assert(
      fc.property(cases, ({ given, axes, order }) => expectSame(given.name, given.shape, axes, order, given.gap)),
      { numRuns: 120 },
    )
  })

  it.each([1000, 1024, 1025, 3000])('takes rows of %i elements', (length) => {
    expectSame('softmax', [3, length], [1])
    expectSame('normalize', [2, length], [1])
  })

  it.each([16, 17, 32, 33, 64, 65])('takes rows of %i elements, however many are at work at once', (length) => {
    expectSame('softmax', [7, length], [1])
    expectSame('normalize', [3, length], [1])
  })

  it('normalizes over columns, several side by side', () => {
    expectSame('normalize', [300, 37], [0])
    expectSame('moments', [40, 5, 24], [0, 1])
  })

  it('normalizes over the first and the last axis', () => expectSame('normalize', [5, 3, 40], [0, 2]))
})

describe('the kernel text of', () => {
  it('softmax: what is dear to compute stays in a row of working memory', () => {
    const x = input('float32', [8, 50])
    const data = emptyArray('float32', 400)
    const program = softmax(x, [1])
    const { kernel } = runGroup(groupOf({ ...program, outputs: program.outputs.slice(0, 1) }), [{ value: x, data }], {
      simd: true,
    })
    matchesGolden(printKernel(kernel), 'kernel/row-softmax.txt')
  })
})
