import { context } from '../frontend/context.ts'
import { assign, tensor } from '../frontend/create.ts'
import { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import {
  groupsMixed,
  noParameters,
  parameterInvalid,
  parameterRepeated,
  parametersInvalid,
  stateWouldChange,
} from './errors.ts'
import { completeOptions } from './hyperparameters.ts'
import type { CommonOptions, Complete, Rule } from './rule.ts'

/** Parameters with options of their own; those left out are the optimizer's. */
export type ParameterGroup<O> = { readonly params: Iterable<Tensor> } & Readonly<Partial<O>>

/** What an optimizer trains: parameters, or groups of them. */
export type TrainedParameters<O> = Iterable<Tensor> | Iterable<ParameterGroup<O>>

/** Parameters that an optimizer updates by the same options. */
export class OptimizerGroup<O extends CommonOptions> {
  /** In the order in which they were given. */
  readonly parameters: readonly Tensor[]
  readonly #where: string
  readonly #rule: Rule<O>
  readonly #lr: Tensor
  #options: Complete<O>

  /** @internal */
  constructor(where: string, rule: Rule<O>, parameters: readonly Tensor[], lr: Tensor, options: Complete<O>) {
    this.parameters = parameters
    this.#where = where
    this.#rule = rule
    this.#lr = lr
    this.#options = options
  }

  /** The learning rate now. A hybridized function that reads it here, as a number, holds for that rate only; `step` reads it as state. */
  get lr(): number {
    const [lr, subject] = [this.#rateNow, `lr of ${this.#where}`]
    context.recorder?.guard(
      `${subject} is ${lr}`,
      () => Object.is(this.#rateNow, lr),
      this,
      () => ({ kind: 'setting', subject, was: String(lr), now: String(this.#rateNow) }),
    )
    return lr
  }

  /** @throws HYPERPARAMETER_INVALID unless finite and at least 0 */
  set lr(value: number) {
    this.#rule.options.lr.check(this.#where, 'lr', value)
    assign(this.#lr, tensor(value, { dtype: 'float64' }))
  }

  /** @internal The variable that holds it. */
  get lrVariable(): Tensor {
    return this.#lr
  }

  /** All options; `lr` is the one that training began with. A compiled step holds for the options that it was recorded with. */
  get options(): Complete<O> {
    const [options, subject] = [this.#options, `options of ${this.#where}`]
    context.recorder?.guard(
      `${subject} are those of the recording`,
      () => this.#options === options,
      this,
      () => ({ kind: 'setting', subject, ...difference(options, this.#options) }),
    )
    return options
  }

  /** Replaces some of the options; a compiled step is recorded again. @throws HYPERPARAMETER_INVALID, OPTION_UNKNOWN */
  set(changes: Readonly<Partial<O>>): void {
    checkOptions(this.#where, changes, Object.keys(this.#rule.options), true)
    const next = completeOptions(this.#where, this.#rule.options, { ...this.#options, ...changes } as O) // complete before, and now
    this.#rule.check?.(this.#where, next)
    const [before, after] = [this.#options, next].map((options) => Object.keys(this.#rule.state(options)))
    if (String(before) !== String(after)) throw stateWouldChange(this.#where, before!, after!)
    if (changes.lr !== undefined) this.lr = changes.lr
    this.#options = next
  }

  get #rateNow(): number {
    return this.#lr.storage.array[0]!
  }
}

/** What differs between options, as text. */
function difference<O extends object>(was: O, now: O): { was: string; now: string } {
  const names = (Object.keys(was) as (keyof O & string)[]).filter((name) => String(was[name]) !== String(now[name])) // its own
  const textOf = (options: O): string => names.map((name) => `${name} ${String(options[name])}`).join(', ')
  return { was: textOf(was), now: textOf(now) }
}

/** A group as it was given, checked. */
export interface GivenGroup<O> {
  readonly where: string
  readonly parameters: readonly Tensor[]
  readonly options: Complete<O>
}

/** @throws PARAMETERS_EMPTY, PARAMETER_INVALID, PARAMETER_REPEATED, HYPERPARAMETER_INVALID, OPTION_UNKNOWN */
export function givenGroups<O extends CommonOptions>(
  rule: Rule<O>,
  given: TrainedParameters<O>,
  defaults: O,
): GivenGroup<O>[] {
  const { name, options: table } = rule
  if (!isIterable(given)) throw parametersInvalid(name, given)
  const items: readonly unknown[] = [...given]
  const areGroups = items.some(isGroup)
  if (areGroups && !items.every(isGroup)) throw groupsMixed(name)
  const groups = (areGroups ? items : [{ params: items }]) as readonly ParameterGroup<O>[] // each is one
  const made = groups.map(({ params, ...own }, i): GivenGroup<O> => {
    const where = areGroups ? `${name}, group ${i}` : name
    if (!isIterable(params)) throw parametersInvalid(where, params)
    const parameters = [...params]
    if (parameters.length === 0) throw noParameters(where)
    checkOptions(where, own, Object.keys(table))
    const options = completeOptions(where, table, { ...defaults, ...definedOf(own) })
    rule.check?.(where, options)
    return { where, parameters, options }
  })
  checkParameters(
    name,
    made.flatMap(({ parameters }) => parameters),
  )
  return made
}

const isIterable = (given: unknown): boolean => typeof given === 'object' && given !== null && Symbol.iterator in given

const isGroup = (item: unknown): item is ParameterGroup<CommonOptions> =>
  typeof item === 'object' && item !== null && !(item instanceof Tensor) && 'params' in item

const definedOf = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T // an option that is undefined is left out

function checkParameters(name: string, parameters: readonly Tensor[]): void {
  const positions = new Map<Tensor, number>()
  parameters.forEach((parameter, position) => {
    if (!(parameter instanceof Tensor))
      throw parameterInvalid(name, position, `${parameter === null ? 'null' : typeof parameter}, not a tensor`)
    if (!parameter.isVariable) throw parameterInvalid(name, position, 'a computed value, not a leaf')
    if (!parameter.requiresGrad) throw parameterInvalid(name, position, 'a variable that requires no gradient')
    const first = positions.get(parameter)
    if (first !== undefined) throw parameterRepeated(name, position, first)
    positions.set(parameter, position)
  })
}
