import type { Dtype } from '../base/dtype.ts'
import { withContext } from '../frontend/context.ts'
import { assign, variable } from '../frontend/create.ts'
import { full } from '../frontend/fill.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { copyState, loadState, type StateDict } from '../nn/state-dict.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { givenGroups, OptimizerGroup, type TrainedParameters } from './parameter-group.ts'
import type { CommonOptions, Rule } from './rule.ts'

/** A variable and its next value. */
type Update = readonly [target: Tensor, value: Tensor]

/** What is kept for a group besides its options. */
interface GroupState<O extends CommonOptions> {
  readonly group: OptimizerGroup<O>
  readonly numbers: Readonly<Record<string, Tensor>>
  /** By parameter. */
  readonly states: readonly Readonly<Record<string, Tensor>>[]
}

/**
 * Updates parameters by their gradients, as a rule says. All of its state, the learning rate too, is in variables made by the constructor,
 * and a step is tensor ops on them: a hybridized training function contains it, and changing `lr` never recompiles.
 *
 * @example new optim.Optimizer(myRule, net.parameters(), { lr: 0.1 })
 */
export class Optimizer<O extends CommonOptions = CommonOptions> {
  readonly #rule: Rule<O>
  readonly #groups: readonly GroupState<O>[]
  readonly #state = new Map<string, Tensor>()
  /** Of all parameters together; a rule that counts no steps has none. */
  readonly #stepCount: Tensor | undefined

  /** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID, OPTION_UNKNOWN */
  constructor(rule: Rule<O>, parameters: TrainedParameters<O>, options: O) {
    const { name } = rule
    checkOptions(name, options, Object.keys(rule.options), rule.options.lr.default === undefined)
    const given = givenGroups(rule, parameters, options)
    this.#rule = rule
    const ofGroup = given.length === 1 ? (): string => '' : (i: number): string => `.${i}`
    const lrs = given.map((group, i) => this.#addState(`lr${ofGroup(i)}`, variable(group.options.lr!, float64)))
    if (given.some((group) => rule.countsSteps?.(group.options)))
      this.#stepCount = this.#addState('stepCount', variable(0, float64))
    const numbers = given.map((_, i) =>
      Object.fromEntries(
        Object.entries(rule.numbers ?? {}).map(([key, start]) => [
          key,
          this.#addState(`${key}${ofGroup(i)}`, variable(start, float64)),
        ]),
      ),
    )
    const states = this.#addStates(given.map((group) => [group.parameters, rule.state(group.options)] as const))
    this.#groups = given.map(({ where, parameters: own, options: complete }, i) => ({
      group: new OptimizerGroup(where, rule, own, lrs[i]!, complete),
      numbers: numbers[i]!,
      states: states[i]!,
    }))
  }

  /** The parameters of all groups, in the order of the groups. */
  get parameters(): readonly Tensor[] {
    return this.#groups.flatMap(({ group }) => group.parameters)
  }

  /** Parameters with options and a learning rate of their own; one group where none were given. */
  get groups(): readonly OptimizerGroup<O>[] {
    return this.#groups.map(({ group }) => group)
  }

  /** The learning rate, of the first group if there are several. Read as a number in a hybridized function, it makes that hold for it only. */
  get lr(): number {
    return this.#groups[0]!.group.lr
  }

  /** Sets the learning rate of every group. @throws HYPERPARAMETER_INVALID unless finite and at least 0 */
  set lr(value: number) {
    for (const { group } of this.#groups) group.lr = value
  }

  /**
   * Updates every parameter that has a gradient, and clears the gradients: training needs no `zeroGrad`. Several `backward` calls
   * before one step add up. Parameters without a gradient stay as they are, and their state too.
   * @example const train = hybridize((x, y) => { const loss = mse(net.forward(x), y); loss.backward(); optimizer.step(); return loss })
   */
  step(): void {
    withContext({ gradEnabled: false, isHidden: true }, () => {
      const gradients = this.#groups.map(({ group }) => group.parameters.map(({ grad }) => grad))
      if (gradients.every((ofGroup) => ofGroup.every((gradient) => gradient === null))) return
      // Everything is computed before anything is assigned, so that an error leaves no half-updated state.
      for (const [target, value] of this.#updates(gradients)) assign(target, value)
      this.#groups.forEach(({ group }, g) =>
        group.parameters.forEach((parameter, i) => {
          if (gradients[g]![i]) parameter.grad = null
        }),
      )
    })
  }

  /** Clears the gradients without using them. */
  zeroGrad(): void {
    for (const parameter of this.parameters) parameter.grad = null
  }

  /** Copies of the learning rate and all other state; parameters and constant hyper-parameters are not among them. */
  stateDict(): StateDict {
    return copyState(this.#state)
  }

  /** The variables that `stateDict` copies, under its names. */
  namedState(): [string, Tensor][] {
    return [...this.#state]
  }

  /** Replaces the state, all or none. Training goes on with the same bits if parameters are restored too. @throws STATE_DICT_MISMATCH */
  loadStateDict(dict: Readonly<StateDict>): void {
    loadState(`${this.#rule.name}.loadStateDict`, this.#state, dict, true)
  }

  /** Next values of state and parameters. */
  #updates(gradients: readonly (readonly (Tensor | null)[])[]): Update[] {
    const counted = this.#stepCount?.add(1)
    const updates = this.#groups.flatMap(({ group, numbers, states }, g): Update[] => {
      const { options, lrVariable: lr } = group
      const step = { lr, stepCount: counted ?? lr, numbers }
      const coefficients = this.#rule.coefficients?.(step, options) ?? {}
      const scalarsIn = inDtypes({ lr, ...coefficients })
      const kept = Object.entries(numbers).map(([name, number]): Update => [number, coefficients[name]!])
      const ofParameters = group.parameters.flatMap((parameter, i): Update[] => {
        const [gradient, state] = [gradients[g]![i]!, states[i]!]
        if (!gradient) return []
        const next = this.#rule.update({ parameter, gradient, state, scalar: scalarsIn(parameter.dtype) }, options)
        return Object.entries(next).map(([name, value]): Update => [
          name === 'parameter' ? parameter : state[name]!,
          value!,
        ])
      })
      return [...kept, ...ofParameters]
    })
    return this.#stepCount ? [[this.#stepCount, counted!], ...updates] : updates
  }

  #addState(name: string, state: Tensor): Tensor {
    this.#state.set(name, state)
    return state
  }

  /** Variables for the state of each parameter, named by kind and position: all of one kind after the other, as checkpoints list them. */
  #addStates(
    groups: readonly (readonly [readonly Tensor[], Readonly<Partial<Record<string, number>>>])[],
  ): Record<string, Tensor>[][] {
    const made = groups.map(([parameters]) => parameters.map((): Record<string, Tensor> => ({})))
    const kinds = new Set(groups.flatMap(([, starts]) => Object.keys(starts)))
    for (const kind of kinds) {
      let position = 0
      groups.forEach(([parameters, starts], g) =>
        parameters.forEach(({ shape, dtype }, i) => {
          const start = starts[kind]
          if (start !== undefined)
            made[g]![i]![kind] = this.#addState(`${kind}.${position}`, variable(full(shape, start, { dtype })))
          position++
        }),
      )
    }
    return made
  }
}

const float64 = { dtype: 'float64' } as const

/** Float64 scalars in the dtype of the parameters they meet, converted once for each: float64 would widen a float32 parameter. */
function inDtypes(scalars: Readonly<Record<string, Tensor>>): (dtype: Dtype) => (name: string) => Tensor {
  const converted = new Map<string, Tensor>()
  return (dtype) => (name) => {
    const key = `${dtype} ${name}`
    const known = converted.get(key)
    if (known) return known
    const made = scalars[name]!.cast(dtype)
    converted.set(key, made)
    return made
  }
}
