import { optim } from 'gryph'

type Make = (parameters: optim.TrainedParameters<object>, options: object) => optim.Optimizer
type Factory<O> = (parameters: optim.TrainedParameters<O>, options: O) => optim.Optimizer

/** Options of any optimizer: those that it does not know are an error anyway. */
const anyOptions =
  <O>(make: Factory<O>): Make =>
  (parameters, options) =>
    make(parameters as optim.TrainedParameters<O>, options as O) // as said

/** The factories of all optimizers by name. */
export const everyOptimizer = {
  sgd: anyOptions(optim.sgd),
  adaGrad: anyOptions(optim.adaGrad),
  rmsProp: anyOptions(optim.rmsProp),
  adaDelta: anyOptions(optim.adaDelta),
  adam: anyOptions(optim.adam),
  amsGrad: anyOptions(optim.amsGrad),
  adamW: anyOptions(optim.adamW),
  adamax: anyOptions(optim.adamax),
  nadam: anyOptions(optim.nadam),
  yogi: anyOptions(optim.yogi),
  lion: anyOptions(optim.lion),
  lamb: anyOptions(optim.lamb),
} as const satisfies Readonly<Record<string, Make>>

/** One of each kind, and the options that change what a step computes. */
export const variants: readonly (readonly [name: keyof typeof everyOptimizer, options: object])[] = [
  ['sgd', { lr: 0.1 }],
  ['sgd', { lr: 0.05, momentum: 0.9, dampening: 0.25, weightDecay: 1e-3 }],
  ['sgd', { lr: 0.05, momentum: 0.9, nesterov: true, lrInVelocity: true }],
  ['adaGrad', { lr: 0.1, lrDecay: 0.01, epsInside: true, eps: 1e-6 }],
  ['rmsProp', { momentum: 0.5, centered: true, weightDecay: 1e-3 }],
  ['rmsProp', { alpha: 0.9, eps: 1e-6, epsInside: true, momentum: 0.5, lrInVelocity: true }],
  ['adaDelta', { weightDecay: 1e-3 }],
  ['adam', { lr: 0.01, weightDecay: 1e-2, epsInside: true }],
  ['amsGrad', { lr: 0.01 }],
  ['adamW', { lr: 0.01 }],
  ['adamax', { lr: 0.01 }],
  ['nadam', { lr: 0.01, weightDecay: 1e-2, decoupledWeightDecay: true }],
  ['yogi', { lr: 0.01 }],
  ['lion', { lr: 1e-3, weightDecay: 0.1 }],
  ['lamb', { lr: 0.01 }],
]
