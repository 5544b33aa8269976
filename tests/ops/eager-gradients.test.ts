import { expect, test } from 'vitest'
import { applyOp } from '../../src/frontend/eager.ts'
import { mul, sum, tensor } from '../../src/index.ts'
import { sum as sumOf, mul as product } from '../../src/ops/calls/index.ts'
import { currentInterpreter } from '../../src/ops/interpreter.ts'
import type { OpName } from '../../src/ops/table.ts'
import { points, weights, type Point } from './gradient-points.ts'
import { f64 } from './host-array.ts'
import { byReference, gradients, reference } from './reference-interpreter.ts'

const cases = (Object.entries(points) as [OpName, readonly Point[]][]).flatMap(([op, at]) =>
  at.map((point, i) => ({ op, point, i })),
) // the keys are op names

/** By the vjp rules over the reference meaning of the ops, which gradients.test.ts compares with central differences. */
function referenceGradients(op: OpName, { operands, attrs }: Point): number[] {
  return byReference(() => {
    const leaves = operands.map(reference)
    const result = currentInterpreter().apply(op, leaves, { ...attrs })
    const size = result.type.shape.reduce((n, length) => n * length, 1)
    const root = sumOf(product(result, reference(f64(result.type.shape, ...weights(size, 1)))))
    return gradients(root, leaves).flatMap(({ elements, dtype }) => (dtype === 'float64' ? elements : []))
  })
}

test.each(cases)('$op run eagerly has the gradient of its reference (point $i)', ({ op, point }) => {
  const leaves = point.operands.map(({ dtype, shape, elements }) =>
    tensor([...elements], { dtype, shape, requiresGrad: dtype === 'float64' }),
  )
  const result = applyOp(op, leaves, { ...point.attrs })
  const loss = sum(mul(result, tensor(weights(result.size, 1), { dtype: 'float64', shape: result.shape })))
  if (loss.requiresGrad) loss.backward()
  const actual = leaves
    .filter((leaf) => leaf.requiresGrad)
    .flatMap((leaf) => (leaf.grad ? Array.from(leaf.grad.data()) : new Array<number>(leaf.size).fill(0)))
  const expected = referenceGradients(op, point)
  expect(actual.length).toBe(expected.length)
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10))
})
