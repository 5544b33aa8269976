import { noGrad } from '../../frontend/context.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { numberOf } from '../step-result.ts'
import { requireSome, valuePairs, type Metric } from './metric.ts'

/** Mean over all elements of something of a prediction and its target, in float64. */
class MeanError implements Metric {
  readonly #where: string
  readonly #of: (error: number) => number
  #sum = 0
  #count = 0

  constructor(where: string, of: (error: number) => number) {
    this.#where = where
    this.#of = of
  }

  update(prediction: Tensor, target: Tensor): void {
    const { predicted, right } = valuePairs(this.#where, prediction, target)
    for (let i = 0; i < right.length; i++) this.#sum += this.#of(predicted[i]! - right[i]!)
    this.#count += right.length
  }

  compute(): number {
    requireSome(this.#where, this.#count)
    return this.#sum / this.#count
  }

  reset(): void {
    this.#sum = this.#count = 0
  }
}

/** Mean of the squared errors of all elements. */
export const meanSquaredError = (): Metric => new MeanError('meanSquaredError', (error) => error * error)

/** Mean of the errors' sizes. */
export const meanAbsoluteError = (): Metric => new MeanError('meanAbsoluteError', Math.abs)

/** The share of the targets' variance that predictions explain. */
class RSquared implements Metric {
  #count = 0
  #mean = 0
  /** Squared distances of the targets from their mean, and of the predictions from the targets. */
  #spread = 0
  #residual = 0

  update(prediction: Tensor, target: Tensor): void {
    const { predicted, right } = valuePairs('r2', prediction, target)
    for (let i = 0; i < right.length; i++) {
      // Welford (1962): no difference of large sums.
      const value = right[i]!
      const fromMean = value - this.#mean
      this.#mean += fromMean / ++this.#count
      this.#spread += fromMean * (value - this.#mean)
      this.#residual += (predicted[i]! - value) ** 2
    }
  }

  compute(): number {
    requireSome('r2', this.#count)
    // Of targets that are all the same there is nothing to explain.
    return this.#spread === 0 ? (this.#residual === 0 ? 1 : 0) : 1 - this.#residual / this.#spread
  }

  reset(): void {
    this.#count = this.#mean = this.#spread = this.#residual = 0
  }
}

/** R², the coefficient of determination, over all elements: 1 is exact, 0 is as good as the mean of the targets. */
export const r2 = (): Metric => new RSquared()

/** Mean of a loss of predictions and targets, for instance `nn.crossEntropy`, weighted by the sizes of the batches. */
class MeanLoss implements Metric {
  readonly #loss: (prediction: Tensor, target: Tensor) => Tensor
  #sum = 0
  #count = 0

  constructor(loss: (prediction: Tensor, target: Tensor) => Tensor) {
    this.#loss = loss
  }

  update(prediction: Tensor, target: Tensor): void {
    const size = prediction.shape[0] ?? 1
    this.#sum += size * numberOf(noGrad(() => this.#loss(prediction, target)))
    this.#count += size
  }

  compute(): number {
    requireSome('meanLoss', this.#count)
    return this.#sum / this.#count
  }

  reset(): void {
    this.#sum = this.#count = 0
  }
}

/** Mean of a loss over the examples, as it would be over one batch of all. @example train.meanLoss(nn.crossEntropy) */
export const meanLoss = (loss: (prediction: Tensor, target: Tensor) => Tensor): Metric => new MeanLoss(loss)
