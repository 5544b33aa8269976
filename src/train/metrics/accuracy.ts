import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { numberInvalid, predictionMismatch } from '../errors.ts'
import { classPairs, requireClass, requireSome, type Metric } from './metric.ts'

export interface ThresholdOptions {
  /** Probabilities above it mean class 1, where predictions have the shape of the targets. Default 0.5; 0 for logits. */
  readonly threshold?: number
}

/** A share of the examples. */
class Share implements Metric {
  readonly #where: string
  readonly #countRight: (prediction: Tensor, target: Tensor) => number
  #right = 0
  #count = 0

  constructor(where: string, countRight: (prediction: Tensor, target: Tensor) => number) {
    this.#where = where
    this.#countRight = countRight
  }

  update(prediction: Tensor, target: Tensor): void {
    this.#right += this.#countRight(prediction, target)
    this.#count += target.size
  }

  compute(): number {
    requireSome(this.#where, this.#count)
    return this.#right / this.#count
  }

  reset(): void {
    this.#right = this.#count = 0
  }
}

/**
 * Share of the examples whose class is the predicted one. Predictions are scores [..., classes], classes, or probabilities of class 1.
 *
 * @example const { accuracy } = await train.evaluate(net, testBatches, { accuracy: train.accuracy() })
 */
export function accuracy(options: ThresholdOptions = {}): Metric {
  checkOptions('accuracy', options, ['threshold'])
  const { threshold = 0.5 } = options
  return new Share('accuracy', (prediction, target) => {
    const { predicted, right } = classPairs('accuracy', prediction, target, threshold)
    let count = 0
    for (let i = 0; i < right.length; i++) if (predicted[i] === right[i]) count++
    return count
  })
}

/** Share of the examples whose class is among the `k` with the largest scores; of equal scores, the first class counts as larger. */
export function topK(k: number): Metric {
  if (!Number.isSafeInteger(k) || k < 1) throw numberInvalid('topK', 'k', k, 'a whole number of at least 1')
  return new Share('topK', (prediction, target) => {
    const { shape } = prediction
    const classCount = shape.at(-1) ?? 0
    if (prediction.rank !== target.rank + 1 || prediction.size !== target.size * classCount)
      throw predictionMismatch('topK', shape, target.shape, 'Predict scores with one more axis, the classes.')
    const [scores, classes] = [prediction.data(), target.data()]
    let count = 0
    for (let i = 0; i < classes.length; i++) {
      const row = i * classCount
      const right = classes[i]!
      requireClass('topK', 'a target', right, classCount)
      const score = scores[row + right]!
      let before = 0
      for (let c = 0; c < classCount; c++) {
        const other = scores[row + c]!
        // A score that is NaN is right nowhere.
        if (c !== right && !(other < score || (other === score && c > right))) before++
      }
      if (before < k) count++
    }
    return count
  })
}
