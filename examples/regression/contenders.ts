import { optim, type Tensor } from 'gryph'

/** The optimizers of the course, set as it sets them. */
export const contenders: readonly Contender[] = [
  { key: 'sgd', title: 'SGD, η = 0.05', make: (p) => optim.sgd(p, { lr: 0.05 }) },
  {
    key: 'momentum',
    title: 'momentum, η = 0.02, γ = 0.5',
    make: (p) => optim.sgd(p, { lr: 0.02, momentum: 0.5 }),
  },
  {
    key: 'momentum-0.9',
    title: 'momentum, η = 0.02, γ = 0.9',
    make: (p) => optim.sgd(p, { lr: 0.02, momentum: 0.9 }),
  },
  {
    key: 'ada-grad',
    title: 'AdaGrad, η = 0.1',
    make: (p) => optim.adaGrad(p, { lr: 0.1, eps: 1e-6, epsInside: true }),
  },
  {
    key: 'rms-prop',
    title: 'RMSProp, η = 0.01, γ = 0.9',
    make: (p) => optim.rmsProp(p, { lr: 0.01, alpha: 0.9, eps: 1e-6, epsInside: true }),
  },
  { key: 'ada-delta', title: 'AdaDelta, ρ = 0.9', make: (p) => optim.adaDelta(p, { rho: 0.9, eps: 1e-5 }) },
  { key: 'adam', title: 'Adam, η = 0.01', make: (p) => optim.adam(p, { lr: 0.01, eps: 1e-6 }) },
]

/** The others that the library has, with rates found by trying. */
export const otherContenders: readonly Contender[] = [
  {
    key: 'nesterov',
    title: 'Nesterov, η = 0.02, γ = 0.5',
    make: (p) => optim.sgd(p, { lr: 0.02, momentum: 0.5, nesterov: true }),
  },
  { key: 'adam-w', title: 'AdamW, η = 0.01', make: (p) => optim.adamW(p, { lr: 0.01 }) },
  { key: 'ams-grad', title: 'AMSGrad, η = 0.01', make: (p) => optim.amsGrad(p, { lr: 0.01 }) },
  { key: 'adamax', title: 'Adamax, η = 0.02', make: (p) => optim.adamax(p, { lr: 0.02 }) },
  { key: 'nadam', title: 'NAdam, η = 0.01', make: (p) => optim.nadam(p, { lr: 0.01 }) },
  { key: 'yogi', title: 'Yogi, η = 0.02', make: (p) => optim.yogi(p, { lr: 0.02 }) },
  { key: 'lion', title: 'Lion, η = 0.005', make: (p) => optim.lion(p, { lr: 0.005 }) },
  { key: 'lamb', title: 'LAMB, η = 0.02', make: (p) => optim.lamb(p, { lr: 0.02 }) },
]

export interface Contender {
  readonly key: string
  readonly title: string
  readonly make: (parameters: Tensor[]) => optim.Optimizer
}
