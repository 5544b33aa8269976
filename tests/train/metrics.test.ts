import { hybridize, nn, tensor, train, type Tensor } from 'gryph'
import { describe, expect, test } from 'vitest'

const ints = (values: readonly number[]): Tensor => tensor([...values], { dtype: 'int32' })

/** What a metric computes of batches given one by one, and that a reset forgets them. */
function over<T>(metric: train.Metric<T>, batches: readonly (readonly [Tensor, Tensor])[]): T {
  metric.update(...batches[0]!)
  metric.reset()
  for (const [prediction, target] of batches) metric.update(prediction, target)
  return metric.compute()
}

describe('accuracy', () => {
  test('counts rows whose largest score is that of their class', () => {
    const scores = tensor([
      [0.1, 0.9, 0],
      [0.5, 0.2, 0.3],
      [0, 0, 1],
    ])
    expect(
      over(train.accuracy(), [
        [scores, ints([1, 1, 2])],
        [tensor([[1, 0, 0]]), ints([0])],
      ]),
    ).toBe(0.75)
  })

  test('takes classes, probabilities and logits of class 1', () => {
    expect(over(train.accuracy(), [[ints([1, 2, 3]), ints([1, 2, 0])]])).toBe(2 / 3)
    const [p, target] = [tensor([0.4, 0.6, -1]), ints([0, 1, 1])]
    expect(over(train.accuracy(), [[p, target]])).toBe(2 / 3)
    expect(over(train.accuracy({ threshold: 0 }), [[p, target]])).toBe(1 / 3)
    expect(over(train.accuracy(), [[tensor([[0.7], [0.2]]), tensor([[1], [1]])]])).toBe(0.5)
  })
})

test('topK counts rows whose class is among the k largest scores, where a class with an equal score comes first if it is smaller', () => {
  const scores = tensor([
    [3, 2, 1, 0],
    [1, 1, 1, 1],
    [0, NaN, 2, 1],
  ])
  expect(over(train.topK(1), [[scores, ints([0, 0, 2])]])).toBe(2 / 3)
  expect(over(train.topK(2), [[scores, ints([1, 1, 1])]])).toBe(2 / 3)
  expect(over(train.topK(4), [[scores, ints([3, 2, 0])]])).toBe(1)
})

test('the confusion matrix counts what was taken for what, and prints', () => {
  const metric = train.confusionMatrix(3, { names: ['cat', 'dog', 'mouse'] })
  const confusion = over(metric, [
    [ints([0, 0, 1]), ints([0, 0, 0])],
    [ints([1, 1, 2]), ints([1, 2, 2])],
  ])
  expect(confusion.counts).toEqual([
    [2, 1, 0],
    [0, 1, 0],
    [0, 1, 1],
  ])
  expect(confusion.accuracy).toBe(4 / 6)
  expect([confusion.recall(0), confusion.precision(1), confusion.f1(1)]).toEqual([2 / 3, 1 / 3, 0.5])
  expect(String(confusion)).toBe(
    [
      'right \\ predicted      cat     dog    mouse   recall',
      'cat                      2       1        ·   66.7 %',
      'dog                      ·       1        ·  100.0 %',
      'mouse                    ·       1        1   50.0 %',
      'precision          100.0 %  33.3 %  100.0 %   66.7 %',
    ].join('\n'),
  )
})

test('precision, recall and F1 are of class 1, or means over classes', () => {
  const pairs = [[ints([1, 1, 0, 0, 1]), ints([1, 0, 1, 0, 1])]] as const
  expect(over(train.precision(), pairs)).toBe(2 / 3)
  expect(over(train.recall(), pairs)).toBe(2 / 3)
  expect(over(train.f1({ average: 'macro' }), pairs)).toBeCloseTo((2 / 3 + 1 / 2) / 2, 15)
  const three = [[ints([0, 1, 1]), ints([0, 1, 2])]] as const
  expect(over(train.precision({ classCount: 3 }), three)).toBe((1 + 1 / 2 + 0) / 3)
  expect(over(train.recall({ classCount: 3 }), three)).toBe((1 + 1 + 0) / 3)
})

describe('of numbers', () => {
  const batches = [
    [tensor([1, 2]), tensor([1, 4])],
    [tensor([[3]]), tensor([[0]])],
  ] as const
  test('mean errors', () => {
    expect(over(train.meanSquaredError(), batches)).toBe((0 + 4 + 9) / 3)
    expect(over(train.meanAbsoluteError(), batches)).toBe((0 + 2 + 3) / 3)
  })

  test('R² is the explained share of the variance, also far from zero', () => {
    // scikit-learn's example of r2_score.
    const [right, predicted] = [tensor([3, -0.5, 2, 7]), tensor([2.5, 0, 2, 8])]
    expect(over(train.r2(), [[predicted, right]])).toBeCloseTo(0.9486081370449679, 12)
    const far = (t: Tensor): Tensor => t.cast('float64').add(2 ** 40)
    expect(over(train.r2(), [[far(predicted), far(right)]])).toBeCloseTo(0.9486081370449679, 6)
    expect(over(train.r2(), [[tensor([2, 2]), tensor([2, 2])]])).toBe(1)
    expect(over(train.r2(), [[tensor([2, 3]), tensor([2, 2])]])).toBe(0)
  })

  test('the mean of a loss counts examples, not batches', () => {
    expect(over(train.meanLoss(nn.mse), batches)).toBe((2 * 2 + 1 * 9) / 3)
  })
})

describe('evaluate', () => {
  test('measures a module in evaluation mode without gradients, and leaves its mode as it was', async () => {
    const net = nn.sequential(nn.linear(2, 2), nn.dropout(0.9), nn.sequential(nn.dropout(0.9)))
    const inner = net.children()[2]!
    inner.eval()
    const modes: boolean[] = []
    const batches = [
      [tensor([[1, 2]]), ints([0])],
      [tensor([[3, 4]]), ints([1])],
    ] as const
    const loader = function* (): Generator<Tensor[]> {
      for (const batch of batches) {
        modes.push(net.training)
        yield [...batch]
      }
    }
    const loss = { loss: train.meanLoss(nn.crossEntropy), accuracy: train.accuracy() }
    const [first, second] = [await train.evaluate(net, loader, loss), await train.evaluate(net, loader, loss)]
    expect(first).toEqual(second)
    expect(modes).toEqual([false, false, false, false])
    expect([net.training, inner.training, inner.children()[0]!.training]).toEqual([true, false, false])
    await expect(train.evaluate(net, [[tensor([[1, 2, 3]]), ints([0])]], loss)).rejects.toMatchObject({
      code: 'FEATURES_MISMATCH',
    })
    expect(net.training).toBe(true)
  })

  test('calls a function with the inputs of a batch, and gives what each metric computes', async () => {
    const predict = hybridize((a: Tensor, b: Tensor) => {
      const sum = a.add(b)
      return sum
    })
    const result = await train
      .evaluate(predict, [[tensor([1]), tensor([2]), tensor([3])]], {
        error: train.meanSquaredError(),
        confusion: train.confusionMatrix(4),
      })
      .catch((error: unknown) => error)
    expect(result).toMatchObject({ error: 0 })
  })
})
