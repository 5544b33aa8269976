import { withContext } from '../frontend/context.ts'
import { assign, variable } from '../frontend/create.ts'
import { div, maximum, minimum, sub } from '../frontend/functions/elementwise.ts'
import { registerForGuards } from '../frontend/guards/registry.ts'
import { Tensor } from '../frontend/tensor.ts'
import { copyState, loadState, type StateDict } from '../nn/state-dict.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { averagesSwapped, noParameters, notAVariable, parametersInvalid } from './errors.ts'
import { checkDecay, checkFlag } from './hyperparameters.ts'

/** Options of `ema`. */
export interface EmaOptions {
  /** Share of the past in each average, in [0, 1). Default 0.999, as in PyTorch. */
  readonly decay?: number
  /** Whether early averages forget faster: after n updates the share is at most (1 + n) / (10 + n). Default false. */
  readonly warmUp?: boolean
}

/**
 * Moving averages of weights: a ← a + (1 − decay) · (w − a), where the first update takes the weights themselves (PyTorch's AveragedModel
 * with get_ema_multi_avg_fn). All of it is state and tensor ops, so that `update` belongs into the training step.
 */
export class Ema {
  /** Whether the averages are in the weights' place. */
  isSwapped = false
  readonly #weights: readonly Tensor[]
  readonly #averages: readonly Tensor[]
  readonly #updates: Tensor
  readonly #decay: number
  readonly #warmUp: boolean

  /** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, HYPERPARAMETER_INVALID */
  constructor(weights: Iterable<Tensor>, options: EmaOptions = {}) {
    checkOptions('ema', options, ['decay', 'warmUp'])
    const { decay = 0.999, warmUp = false } = options
    checkDecay('ema', 'decay', decay)
    checkFlag('ema', 'warmUp', warmUp)
    if (typeof weights !== 'object' || weights === null || !(Symbol.iterator in weights))
      throw parametersInvalid('ema', weights)
    this.#weights = [...weights]
    if (this.#weights.length === 0) throw noParameters('ema')
    this.#weights.forEach((weight, i) => {
      if (!(weight instanceof Tensor) || !weight.isVariable) throw notAVariable('ema', i, weight)
    })
    this.#averages = withContext({ gradEnabled: false }, () => this.#weights.map((weight) => variable(weight)))
    this.#updates = variable(0, { dtype: 'float64' })
    this.#decay = decay
    this.#warmUp = warmUp
    registerForGuards(this)
  }

  /** Takes the weights as they are now into the averages: after each step of the optimizer. @throws AVERAGES_SWAPPED */
  update(): void {
    if (this.isSwapped) throw averagesSwapped('update')
    withContext({ gradEnabled: false, isHidden: true }, () => {
      const updates = this.#updates
      const isFirst = updates.equal(0).cast('float64')
      const decay = this.#warmUp ? minimum(div(updates.add(1), updates.add(10)), this.#decay) : undefined
      const share = maximum(isFirst, decay ? sub(1, decay) : 1 - this.#decay)
      const next = this.#averages.map((average, i) => {
        const weight = this.#weights[i]!
        return average.add(weight.sub(average).mul(share.cast(average.dtype)))
      })
      this.#averages.forEach((average, i) => assign(average, next[i]!))
      assign(updates, updates.add(1))
    })
  }

  /** Puts the averages in the weights' place, and the weights in theirs; again to undo it. */
  swap(): void {
    this.isSwapped = !this.isSwapped
    withContext({ gradEnabled: false, isHidden: true }, () => {
      this.#weights.forEach((weight, i) => {
        const [average, held] = [this.#averages[i]!, weight.clone()]
        assign(weight, average)
        assign(average, held)
      })
    })
  }

  /** Runs `body` with the averages in the weights' place. @example const accuracy = averages.apply(() => evaluate(net)) */
  apply<R>(body: () => R): R {
    if (this.isSwapped) throw averagesSwapped('apply')
    this.swap()
    try {
      return body()
    } finally {
      this.swap()
    }
  }

  /** Copies of the averages by position, and the number of updates. @throws AVERAGES_SWAPPED */
  stateDict(): StateDict {
    if (this.isSwapped) throw averagesSwapped('stateDict')
    return copyState(this.#state())
  }

  /** Replaces the averages, all or none. @throws STATE_DICT_MISMATCH, AVERAGES_SWAPPED */
  loadStateDict(dict: Readonly<StateDict>): void {
    if (this.isSwapped) throw averagesSwapped('loadStateDict')
    loadState('ema.loadStateDict', this.#state(), dict, true)
  }

  #state(): Map<string, Tensor> {
    return new Map([
      ['updates', this.#updates],
      ...this.#averages.map((average, i): [string, Tensor] => [`average.${i}`, average]),
    ])
  }
}

/**
 * Moving averages of weights.
 *
 * @throws PARAMETERS_EMPTY, PARAMETER_INVALID, HYPERPARAMETER_INVALID
 * @example const averages = optim.ema(net.parameters(), { decay: 0.99 }) // then optimizer.step(); averages.update()
 */
export const ema = (weights: Iterable<Tensor>, options?: EmaOptions): Ema => new Ema(weights, options)
