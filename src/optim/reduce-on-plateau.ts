import { withContext } from '../frontend/context.ts'
import { assign, tensor, variable } from '../frontend/create.ts'
import { greater, less, logicalAnd, maximum, where } from '../frontend/functions/elementwise.ts'
import { Tensor } from '../frontend/tensor.ts'
import { copyState, loadState, type StateDict } from '../nn/state-dict.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { metricInvalid, notAnOptimizer } from './errors.ts'
import { checkChoice, checkNotNegative, checkShare, checkWhole, completeOptions } from './hyperparameters.ts'
import { Optimizer } from './optimizer.ts'
import type { OptimizerGroup } from './parameter-group.ts'
import type { CommonOptions, Complete } from './rule.ts'

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  /** Whether the metric is to fall or to rise. Default 'min'. */
  readonly mode?: 'min' | 'max'
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number
  /** Steps without an improvement that are let pass. Default 10. */
  readonly patience?: number
  /** What an improvement is larger than. Default 1e-4. */
  readonly threshold?: number
  /** Whether the threshold is a share of the best metric, or a difference to it. Default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs'
  /** Steps after a reduction that do not count. Default 0. */
  readonly cooldown?: number
  /** The least rate. Default 0. */
  readonly minLr?: number
  /** Reductions by no more than this are left out. Default 1e-8. */
  readonly eps?: number
}

const float64 = { dtype: 'float64' } as const

/** Lowers the learning rate when a metric no longer improves, as PyTorch's ReduceLROnPlateau does. In tensor ops: a step may be compiled. */
export class ReduceOnPlateau {
  readonly #groups: readonly OptimizerGroup<CommonOptions>[]
  readonly #options: Complete<ReduceOnPlateauOptions>
  readonly #best: Tensor
  readonly #badSteps = variable(0, float64)
  readonly #cooldown = variable(0, float64)

  /** @throws SCHEDULE_INVALID, HYPERPARAMETER_INVALID, OPTION_UNKNOWN */
  constructor(optimizer: Optimizer, options: ReduceOnPlateauOptions = {}) {
    if (!(optimizer instanceof Optimizer)) throw notAnOptimizer('reduceOnPlateau', optimizer)
    const table = {
      mode: { default: 'min', check: checkChoice('min', 'max') },
      factor: { default: 0.1, check: checkShare },
      patience: { default: 10, check: checkWhole },
      threshold: { default: 1e-4, check: checkNotNegative },
      thresholdMode: { default: 'rel', check: checkChoice('rel', 'abs') },
      cooldown: { default: 0, check: checkWhole },
      minLr: { default: 0, check: checkNotNegative },
      eps: { default: 1e-8, check: checkNotNegative },
    } as const
    checkOptions('reduceOnPlateau', options, Object.keys(table))
    this.#options = completeOptions<ReduceOnPlateauOptions>('reduceOnPlateau', table, options)
    this.#best = variable(this.#options.mode === 'min' ? Infinity : -Infinity, float64)
    this.#groups = optimizer.groups
  }

  /** Takes the metric of an epoch, or of whatever a step is. @throws SCHEDULE_INVALID */
  step(metric: number | Tensor): void {
    const value = metricOf(metric)
    const { factor, patience, cooldown, minLr, eps } = this.#options
    withContext({ gradEnabled: false, isHidden: true }, () => {
      const isBetter = this.#isBetter(value)
      const isCooling = greater(this.#cooldown, 0)
      const zero = this.#badSteps.mul(0)
      const bad = where(isBetter, zero, where(isCooling, zero, this.#badSteps.add(1)))
      const isReduced = greater(bad, patience)
      const next: (readonly [Tensor, Tensor])[] = this.#groups.map(({ lrVariable: lr }) => {
        const reduced = maximum(lr.mul(factor), minLr)
        return [lr, where(logicalAnd(isReduced, greater(lr.sub(reduced), eps)), reduced, lr)]
      })
      const cooled = where(isCooling, this.#cooldown.sub(1), this.#cooldown)
      next.push(
        [this.#best, where(isBetter, value, this.#best)],
        [this.#badSteps, where(isReduced, zero, bad)],
        [this.#cooldown, where(isReduced, zero.add(cooldown), cooled)],
      )
      for (const [target, changed] of next) assign(target, changed)
    })
  }

  /** The best metric, and the counts of steps, as tensors. The rate itself is part of the optimizer's state. */
  stateDict(): StateDict {
    return copyState(this.#state())
  }

  /** Goes on where another one was. @throws STATE_DICT_MISMATCH */
  loadStateDict(dict: Readonly<StateDict>): void {
    loadState('reduceOnPlateau.loadStateDict', this.#state(), dict, true)
  }

  #isBetter(value: Tensor): Tensor {
    const { mode, threshold, thresholdMode } = this.#options
    const best = this.#best
    if (mode === 'min') return less(value, thresholdMode === 'rel' ? best.mul(1 - threshold) : best.sub(threshold))
    return greater(value, thresholdMode === 'rel' ? best.mul(1 + threshold) : best.add(threshold))
  }

  #state(): Map<string, Tensor> {
    return new Map([
      ['best', this.#best],
      ['badSteps', this.#badSteps],
      ['cooldown', this.#cooldown],
    ])
  }
}

function metricOf(metric: number | Tensor): Tensor {
  if (typeof metric === 'number') return tensor(metric, float64)
  if (!(metric instanceof Tensor) || metric.size !== 1) throw metricInvalid(metric)
  return metric.detach().cast('float64').reshape([])
}

/**
 * Lowers an optimizer's learning rate when a metric no longer improves.
 *
 * @throws SCHEDULE_INVALID, HYPERPARAMETER_INVALID, OPTION_UNKNOWN
 * @example const plateau = optim.reduceOnPlateau(optimizer, { patience: 3 }) // then, after each epoch, plateau.step(testLoss)
 */
export const reduceOnPlateau = (optimizer: Optimizer, options?: ReduceOnPlateauOptions): ReduceOnPlateau =>
  new ReduceOnPlateau(optimizer, options)
