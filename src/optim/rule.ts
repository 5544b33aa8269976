import type { Tensor } from '../frontend/tensor.ts'
import type { OptionTable } from './hyperparameters.ts'

/** What every optimizer can be told. */
export interface CommonOptions {
  /** Learning rate; `optimizer.lr` changes it later. */
  readonly lr?: number
}

/** All options of an optimizer, those left out included. */
export type Complete<O> = { readonly [K in keyof O]-?: O[K] }

/** Float64 scalars of a step. */
export interface StepNumbers<N extends string = string> {
  readonly lr: Tensor
  /** Steps including this one, for rules that count them. */
  readonly stepCount: Tensor
  /** The rule's own numbers as the last step left them. */
  readonly numbers: Readonly<Record<N, Tensor>>
}

/** What a rule knows about one parameter. Everything has the parameter's dtype, and its shape too but for scalars. */
export interface ParameterStep<S extends string = string, C extends string = string> {
  readonly parameter: Tensor
  readonly gradient: Tensor
  readonly state: Readonly<Record<S, Tensor>>
  /** The learning rate as `lr`, or one of the rule's coefficients. */
  readonly scalar: (name: C | 'lr') => Tensor
}

/**
 * How an optimizer updates one parameter: a pure function of the parameter, its gradient, its state and the hyper-parameters, in tensor ops.
 * S names the state of a parameter, C the scalars that all parameters of a step share, N those of them that are kept from step to step.
 */
export interface Rule<
  O extends CommonOptions,
  S extends string = string,
  C extends string = string,
  N extends string = string,
> {
  readonly name: string
  /** Defaults and limits of the options, by name. */
  readonly options: OptionTable<O>
  /** What limits of single options cannot say. @throws HYPERPARAMETER_INVALID */
  check?(where: string, options: Complete<O>): void
  /** The state of a parameter, and what each element of it is at first. */
  state(options: Complete<O>): Readonly<Partial<Record<S, number>>>
  /** Whether it needs the number of steps. Default no. */
  countsSteps?(options: Complete<O>): boolean
  /** Numbers that a step hands to the next one, and what they are at first. */
  readonly numbers?: Readonly<Record<N, number>>
  /** Scalars of a step in float64: what they lose in float32 at small step counts would be seen. Those of `numbers` are kept. */
  coefficients?(step: StepNumbers<N>, options: Complete<O>): Readonly<Record<C | N, Tensor>>
  /** The next parameter and its next state. */
  update(
    step: ParameterStep<S, C>,
    options: Complete<O>,
  ): { readonly parameter: Tensor } & Readonly<Partial<Record<S, Tensor>>>
}
