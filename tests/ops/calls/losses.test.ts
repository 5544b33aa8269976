import { expect, test } from 'vitest'
import { crossEntropy, mse } from '../../../src/ops/calls/index.ts'
import { f32, f64, i32, u8 } from '../host-array.ts'
import { byReference, gradients, host, reference } from '../reference-interpreter.ts'

const logits = reference(f64([2, 3], 1, 2, -3, 0.5, -1, 4))

test('crossEntropy of class numbers is the mean negative log probability, with the gradient (softmax − oneHot) / n', () => {
  byReference(() => {
    const loss = crossEntropy(logits, reference(u8([2], 2, 0)))
    expect(host(loss).elements[0]).toBeCloseTo(4.427222497186117, 13)
    const expected = [
      0.1338115770749312, 0.3637375784002324, -0.49754915547516354, -0.4854391192312608, 0.00324897165783097,
      0.4821901475734298,
    ]
    gradients(loss, [logits])[0]!.elements.forEach((element, i) => expect(element).toBeCloseTo(expected[i]!, 13))
  })
})

test('crossEntropy of probabilities weighs every class', () => {
  const targets = reference(f64([2, 3], 0.2, 0.3, 0.5, 1, 0, 0))
  expect(byReference(() => host(crossEntropy(logits, targets))).elements[0]).toBeCloseTo(3.2772224971861164, 13)
})

test('an impossible class that is not the target costs nothing and has no gradient', () => {
  const scores = reference(f32([1, 2], -Infinity, 3))
  byReference(() => {
    for (const targets of [reference(i32([1], 1)), reference(f32([1, 2], 0, 1))]) {
      const loss = crossEntropy(scores, targets)
      expect(host(loss).elements[0]).toBeCloseTo(0, 10)
      expect(gradients(loss, [scores])[0]!.elements.map(Math.abs)).toEqual([0, 0])
    }
    expect(host(crossEntropy(scores, reference(i32([1], 0)))).elements).toEqual([Infinity])
  })
})

test('mse is the mean of squared differences', () => {
  const [a, b] = [reference(f32([2], 1, 5)), reference(f32([2], 2, 2))]
  expect(byReference(() => host(mse(a, b)))).toEqual(f32([], 5))
})
