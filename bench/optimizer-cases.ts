import { hybridize, manualSeed, nn, optim, randn, type Tensor } from 'gryph'
import type { BenchmarkCase } from './benchmark-case.ts'
import { stepOf, type MakeOptimizer } from './training-cases.ts'

/** With the settings of the course where it has any. */
const optimizers: Readonly<Record<string, MakeOptimizer>> = {
  sgd: (parameters) => optim.sgd(parameters, { lr: 0.05 }),
  momentum: (parameters) => optim.sgd(parameters, { lr: 0.02, momentum: 0.5, lrInVelocity: true }),
  adaGrad: (parameters) => optim.adaGrad(parameters, { lr: 0.1, eps: 1e-6, epsInside: true }),
  rmsProp: (parameters) => optim.rmsProp(parameters, { lr: 0.01, alpha: 0.9, eps: 1e-6, epsInside: true }),
  adaDelta: (parameters) => optim.adaDelta(parameters, { rho: 0.9, eps: 1e-5 }),
  adam: (parameters) => optim.adam(parameters, { lr: 0.01, eps: 1e-6 }),
  amsGrad: (parameters) => optim.amsGrad(parameters, { lr: 0.01 }),
  adamW: (parameters) => optim.adamW(parameters, { lr: 0.01 }),
  adamax: (parameters) => optim.adamax(parameters, { lr: 0.01 }),
  nadam: (parameters) => optim.nadam(parameters, { lr: 0.01 }),
  yogi: (parameters) => optim.yogi(parameters, { lr: 0.01 }),
  lion: (parameters) => optim.lion(parameters, { lr: 0.001, weightDecay: 0.01 }),
  lamb: (parameters) => optim.lamb(parameters, { lr: 0.01 }),
}

const [rows, batch] = [1500, 10]

/** A step of an epoch: the next rows of the data, which are taken out of it, and no reading of the loss. */
function epochCase(name: string): BenchmarkCase {
  const make = () => {
    manualSeed(1)
    const [x, y, model] = [randn([rows, 5]), randn([rows, 1]), nn.linear(5, 1)]
    const step = stepOf(optimizers[name]!(model.parameters()), (a, b) => nn.mse(model.forward(a!), b!))
    let row = 0
    const next = (run: (a: Tensor, b: Tensor) => unknown): unknown => {
      const range = [[row, row + batch]] as const
      row = (row + batch) % rows
      return run(x.slice(range), y.slice(range))
    }
    return { step, next }
  }
  return {
    name: `epoch of linear regression, ${rows} x 5 by ${batch}, ${name}`,
    eager() {
      const { step, next } = make()
      return () => next(step)
    },
    compiled(options) {
      const { step, next } = make()
      const fast = hybridize(step, options)
      return { run: () => next(fast), fast }
    },
  }
}

export const optimizerCases: readonly BenchmarkCase[] = Object.keys(optimizers).map(epochCase)
