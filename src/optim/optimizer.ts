import type { Dtype } from '../base/dtype.ts'
import { context, withContext } from '../frontend/context.ts'
import { assign, tensor, variable } from '../frontend/create.ts'
import { registerForGuards } from '../frontend/guards/registry.ts'
import { zeros } from '../frontend/fill.ts'
import { Tensor } from '../frontend/tensor.ts'
import { copyState, loadState, type StateDict } from '../nn/state-dict.ts'
import { noParameters, parameterInvalid, parameterRepeated, parametersInvalid } from './errors.ts'
import { checkNotNegative } from './hyperparameters.ts'

/** A parameter that has a gradient, and its position among the parameters. */
export interface GradedParameter {
  readonly position: number
  readonly parameter: Tensor
  readonly gradient: Tensor
}

/** A variable and its next value. */
export type Update = readonly [target: Tensor, value: Tensor]

/**
 * Updates parameters by their gradients. All of its state, the learning rate too, is in variables made by the constructor, and a step
 * is tensor ops on them: a hybridized training function contains it, and changing `lr` never recompiles.
 */
export abstract class Optimizer {
  readonly parameters: readonly Tensor[]
  readonly #name: string
  readonly #lr: Tensor
  readonly #state = new Map<string, Tensor>()

  /** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID */
  constructor(name: string, parameters: Iterable<Tensor>, lr: number) {
    registerForGuards(this)
    this.#name = name
    if (!isIterable(parameters)) throw parametersInvalid(name, parameters)
    this.parameters = [...parameters]
    this.#checkParameters()
    checkNotNegative(name, 'lr', lr)
    this.#lr = this.addState('lr', variable(lr, { dtype: 'float64' }))
  }

  /** The learning rate. A hybridized function that reads it here, as a number, holds for that rate only; `step` reads it as state. */
  get lr(): number {
    const lr = this.#lr.storage.array[0]!
    const subject = `lr of ${this.#name}`
    context.recorder?.guard(
      `${subject} is ${lr}`,
      () => Object.is(this.#lr.storage.array[0], lr),
      this,
      () => ({ kind: 'setting', subject, was: String(lr), now: String(this.#lr.storage.array[0]) }),
    )
    return lr
  }

  /** @throws HYPERPARAMETER_INVALID unless finite and at least 0 */
  set lr(value: number) {
    checkNotNegative(this.#name, 'lr', value)
    assign(this.#lr, tensor(value, { dtype: 'float64' }))
  }

  /**
   * Updates every parameter that has a gradient, and clears the gradients: training needs no `zeroGrad`. Several `backward` calls
   * before one step add up. Parameters without a gradient stay as they are, and their state too.
   * @example const train = hybridize((x, y) => { const loss = mse(net.forward(x), y); loss.backward(); optimizer.step(); return loss })
   */
  step(): void {
    withContext({ gradEnabled: false, isHidden: true }, () => {
      const graded = this.#gradedParameters()
      if (graded.length === 0) return
      // Everything is computed before anything is assigned, so that an error leaves no half-updated state.
      for (const [target, value] of this.update(graded, perDtype(this.#lr))) assign(target, value)
      for (const { parameter } of graded) parameter.grad = null
    })
  }

  /** Clears the gradients without using them. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null
  }

  /** Copies of the learning rate and all other state; parameters and constant hyperparameters are not among them. */
  stateDict(): StateDict {
    return copyState(this.#state)
  }

  /** The variables that `stateDict` copies, under its names. */
  namedState(): [string, Tensor][] {
    return [...this.#state]
  }

  /** Replaces the state, all or none. Training goes on with the same bits if parameters are restored too. @throws STATE_DICT_MISMATCH */
  loadStateDict(dict: Readonly<StateDict>): void {
    loadState(`${this.#name}.loadStateDict`, this.#state, dict, true)
  }

  /** Next values of parameters and state. `lr` is the learning rate in a dtype. */
  protected abstract update(graded: readonly GradedParameter[], lr: (dtype: Dtype) => Tensor): Update[]

  /** Makes a variable part of `stateDict`. */
  protected addState(name: string, state: Tensor): Tensor {
    this.#state.set(name, state)
    return state
  }

  /** A variable of zeros for each parameter, as part of the state. */
  protected addStatePerParameter(name: string): Tensor[] {
    return this.parameters.map(({ shape, dtype }, i) =>
      this.addState(`${name}.${i}`, variable(zeros(shape, { dtype }))),
    )
  }

  #gradedParameters(): GradedParameter[] {
    return this.parameters.flatMap((parameter, position) => {
      const gradient = parameter.grad
      if (!gradient) return []
      return [{ position, parameter, gradient }]
    })
  }

  #checkParameters(): void {
    if (this.parameters.length === 0) throw noParameters(this.#name)
    this.parameters.forEach((parameter, position) => {
      if (!(parameter instanceof Tensor))
        throw parameterInvalid(this.#name, position, `${parameter === null ? 'null' : typeof parameter}, not a tensor`)
      if (!parameter.isVariable) throw parameterInvalid(this.#name, position, 'a computed value, not a leaf')
      if (!parameter.requiresGrad) throw parameterInvalid(this.#name, position, 'a variable that requires no gradient')
      const first = this.parameters.indexOf(parameter)
      if (first !== position) throw parameterRepeated(this.#name, position, first)
    })
  }
}

const isIterable = (given: unknown): boolean => typeof given === 'object' && given !== null && Symbol.iterator in given

/** A float64 scalar in the dtype of the parameters it meets, converted once for each: float64 would widen a float32 parameter. */
export function perDtype(scalar: Tensor): (dtype: Dtype) => Tensor {
  const converted = new Map<Dtype, Tensor>()
  return (dtype) => {
    const known = converted.get(dtype)
    if (known) return known
    const made = scalar.cast(dtype)
    converted.set(dtype, made)
    return made
  }
}
