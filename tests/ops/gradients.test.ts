import { describe, expect, test } from 'vitest'
import {
  cast,
  greater,
  max,
  maximum,
  min,
  minimum,
  mul,
  pow,
  prod,
  relu,
  sum,
  where,
} from '../../src/ops/calls/index.ts'
import { currentInterpreter, type Value } from '../../src/ops/interpreter.ts'
import { registry } from '../../src/ops/registry.ts'
import type { OpName } from '../../src/ops/table.ts'
import { points, weights, type Point } from './gradient-points.ts'
import { f32, f64, type HostArray } from './host-array.ts'
import { byReference, cotangentsOf, gradients, host, isDifferentiable, reference } from './reference-interpreter.ts'

const weighted = (value: Value, seed: number): Value =>
  sum(
    mul(
      value,
      reference({
        ...value.type,
        dtype: 'float64',
        elements: weights(
          value.type.shape.reduce((n, size) => n * size, 1),
          seed,
        ),
      }),
    ),
  )

/** The weighted sum of an op's result, from fresh operands. */
function outcome(op: OpName, { attrs }: Point, operands: readonly HostArray[]): { value: Value; leaves: Value[] } {
  const leaves = operands.map(reference)
  const result = currentInterpreter().apply(op, leaves, { ...attrs })
  return { value: weighted(result, 1), leaves }
}
function gradientOf(op: OpName, point: Point, operands: readonly HostArray[]): readonly HostArray[] {
  const { value, leaves } = outcome(op, point, operands)
  return gradients(value, leaves)
}

const step = 1e-5
/** (f(x + h) − f(x − h)) / 2h for every element of every float operand. */
function centralDifferences(operands: readonly HostArray[], f: (operands: readonly HostArray[]) => number): number[] {
  return operands.flatMap((operand, which) =>
    operand.elements.map((element, i) => {
      if (operand.dtype !== 'float64') return 0
      const moved = (by: number): number =>
        f(
          operands.map((other, o) =>
            o === which ? { ...operand, elements: operand.elements.with(i, element + by) } : other,
          ),
        )
      return (moved(step) - moved(-step)) / (2 * step)
    }),
  )
}
const flat = (arrays: readonly HostArray[]): number[] =>
  arrays.flatMap(({ elements, dtype }) => elements.map((element) => (dtype === 'float64' ? element : 0)))
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  const wrong = actual.flatMap((value, i) =>
    Math.abs(value - expected[i]!) <= 2e-7 * (1 + Math.abs(expected[i]!)) ? [] : [[i, value, expected[i]]],
  )
  expect(wrong).toEqual([])
}

test('every differentiable op has points to check its gradient at', () => {
  const differentiable = (Object.keys(registry) as OpName[]).filter(isDifferentiable) // the keys of the registry
  expect(Object.keys(points).toSorted()).toEqual(differentiable.toSorted())
})

describe.each(Object.entries(points) as [OpName, readonly Point[]][])('%s', (op, at) => {
  test.each(at)('has the gradient that central differences give (point %#)', (point) => {
    byReference(() => {
      const expected = centralDifferences(
        point.operands,
        (operands) => host(outcome(op, point, operands).value).elements[0]!,
      )
      expectClose(flat(gradientOf(op, point, point.operands)), expected)
    })
  })

  test.each(at)('has the second gradient that central differences give (point %#)', (point) => {
    byReference(() => {
      const summed = (operands: readonly HostArray[]): number =>
        flat(gradientOf(op, point, operands)).reduce((total, value, i) => total + value * weights(i + 1, 2)[i]!, 0)
      expectClose(secondGradient(op, point), centralDifferences(point.operands, summed))
    })
  })
})

describe('gradients where a function is not smooth', () => {
  const at = (f: (...operands: Value[]) => Value, ...operands: HostArray[]): number[][] =>
    byReference(() => {
      const leaves = operands.map(reference)
      return gradients(sum(f(...leaves)), leaves).map(({ elements }) => [...elements])
    })

  test('maximum and minimum give half to each side of a tie', () => {
    expect(at(maximum, f64([3], 1, 2, 3), f64([3], 2, 2, 2))).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ])
    expect(at(minimum, f64([3], 1, 2, 3), f64([3], 2, 2, 2))).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ])
  })

  test('max and min share the cotangent equally among ties', () => {
    expect(at((x) => max(x, 1), f64([2, 3], 1, 4, 4, 2, 1, 0))).toEqual([[0, 0.5, 0.5, 1, 0, 0]])
    expect(at((x) => min(x), f64([4], 1, 1, 1, 1))).toEqual([[0.25, 0.25, 0.25, 0.25]])
  })

  test('relu has no gradient at 0', () => {
    expect(at(relu, f64([3], -1, 0, 1))).toEqual([[0, 0, 1]])
  })

  test('pow at a zero base counts 0 · ln 0 and 0 · 0⁻¹ as 0', () => {
    expect(at(pow, f64([3], 0, 0, 0), f64([3], 0, 1, 2))).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ])
  })

  test('prod gives the product of the other elements at zeros', () => {
    expect(at((x) => prod(x, 1), f64([3, 3], 2, 0, 5, 0, 0, 5, 2, 3, 5))).toEqual([[0, 10, 0, 0, 0, 0, 15, 10, 6]])
  })

  test('the side that where does not take gets exactly 0, even where it is NaN', () => {
    expect(at((x) => where(greater(x, 0), x, mul(x, 0)), f64([2], -Infinity, 4))).toEqual([[0, 1]])
  })

  test('a cotangent has the dtype of its operand', () => {
    byReference(() => {
      const x = reference(f32([2], 1, 2))
      expect(cotangentsOf(sum(cast(mul(x, 0.1), 'float64')), [x])[0]!.type).toEqual({ dtype: 'float32', shape: [2] })
    })
  })
})

/** Gradient of the weighted sum of all elements of the gradient. */
function secondGradient(op: OpName, point: Point): number[] {
  const { value, leaves } = outcome(op, point, point.operands)
  const first = cotangentsOf(value, leaves)
  let offset = 0
  let total: Value | undefined
  leaves.forEach((leaf, i) => {
    const count = point.operands[i]!.elements.length
    const cotangent = first[i]
    if (cotangent && leaf.type.dtype === 'float64') {
      const part = sum(
        mul(
          cotangent,
          reference({ ...leaf.type, dtype: 'float64', elements: weights(offset + count, 2).slice(offset) }),
        ),
      )
      total = total ? currentInterpreter().apply('add', [total, part], {}) : part
    }
    offset += count
  })
  return total ? flat(gradients(total, leaves)) : new Array<number>(offset).fill(0)
}
