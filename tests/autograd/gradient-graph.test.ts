import { expect, test } from 'vitest'
import { hybridize, noGrad, softmax, tensor, type Tensor } from '../../src/index.ts'

/** The gradient that a tape around three calls leaves, the first of them eager and recorded. */
function outerGradients(f: (x: Tensor) => Tensor): unknown[] {
  const fast = hybridize(f)
  return [f, fast, fast, fast].map((call) => {
    const x = tensor([1, 2, 3], { requiresGrad: true })
    call(x.mul(1)).sum().backward()
    return x.grad!.toArray()
  })
}

test('detached values are constants to the gradient of a compiled call', () => {
  expect(outerGradients((x) => x.detach().mul(x))).toEqual(Array.from({ length: 4 }, () => [1, 2, 3]))
})

test('values made under noGrad are constants to the gradient of a compiled call', () => {
  expect(outerGradients((x) => noGrad(() => x.mul(2)).mul(x))).toEqual(Array.from({ length: 4 }, () => [2, 4, 6]))
})

test('the shift of softmax by its maximum takes no part in its compiled gradient, as in eager mode', () => {
  const [eager, ...compiled] = outerGradients((x) => softmax(x, 0).mul(x))
  expect(compiled).toEqual([eager, eager, eager])
})
