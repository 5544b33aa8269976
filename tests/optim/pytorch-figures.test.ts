import * as g from 'gryph'
import { expect, test } from 'vitest'
import { everyOptimizer } from './every-optimizer.ts'

/** Two parameters' gradients, step by step; the parameters start from 2 and −1. */
const gradients = [
  [0.5, -2],
  [-0.25, 1],
  [1, 0],
  [0, -0.125],
  [3, 0.5],
  [-1.5, 2],
]

/** Parameters after six steps in float64, computed by PyTorch 1.13 (torch.optim, CPU) from these options under its names;
 * nadam with the product of momenta as 2.0 corrected it, in float64. */
const figures: readonly (readonly [keyof typeof everyOptimizer, object, readonly number[]])[] = [
  ['sgd', { lr: 0.1 }, [1.7249999999999996, -1.1375000000000002]],
  ['sgd', { lr: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.05 }, [1.1724133704072714, -0.47947667115606507]],
  ['sgd', { lr: 0.1, momentum: 0.8, nesterov: true, weightDecay: 0.05 }, [0.938440497434072, -0.9594975002592591]],
  ['adaGrad', {}, [1.9806335067129064, -1.0026633417244646]],
  [
    'adaGrad',
    { lr: 0.1, lrDecay: 0.2, weightDecay: 0.05, initialAccumulatorValue: 0.5, eps: 1e-3 },
    [1.8593832264288235, -0.9749448875825466],
  ],
  ['rmsProp', {}, [1.8064129951245422, -1.0279945307242364]],
  [
    'rmsProp',
    { lr: 0.05, alpha: 0.9, eps: 1e-3, weightDecay: 0.05, momentum: 0.8 },
    [0.9208241784834255, -0.7964155898686064],
  ],
  ['rmsProp', { lr: 0.05, alpha: 0.8, centered: true, momentum: 0.5 }, [1.5104944434338157, -0.9988146210234352]],
  ['adaDelta', {}, [1.9925089133953455, -1.003244939217976]],
  ['adaDelta', { lr: 0.5, rho: 0.8, eps: 1e-3, weightDecay: 0.05 }, [1.9054530273072119, -1.033407445469904]],
  ['adam', {}, [1.9965607572853838, -0.9985935692470308]],
  [
    'adam',
    { lr: 0.1, betas: [0.5, 0.75], eps: 1e-3, weightDecay: 0.05, amsGrad: true },
    [1.639699445458623, -0.9853910062118159],
  ],
  ['amsGrad', { lr: 0.1, betas: [0.5, 0.75] }, [1.6818624233555026, -1.001649612539853]],
  ['adamW', {}, [1.9964408581830226, -0.9985336420589024]],
  [
    'adamW',
    { lr: 0.1, betas: [0.5, 0.75], weightDecay: 0.3, amsGrad: true },
    [1.3741149686693692, -0.8484823661849363],
  ],
  ['adamax', {}, [1.995152026524597, -0.9974281311868083]],
  ['adamax', { lr: 0.1, betas: [0.5, 0.75], eps: 1e-3, weightDecay: 0.05 }, [1.7102898574739236, -0.9634026742104339]],
  ['nadam', {}, [1.9949748344241267, -1.000910902613577]],
  [
    'nadam',
    { lr: 0.1, betas: [0.5, 0.75], eps: 1e-3, weightDecay: 0.05, momentumDecay: 0.1 },
    [1.6733954908316835, -1.0993496207508615],
  ],
]

test.each(figures)('%s with %o goes where PyTorch goes', (name, options, expected) => {
  const p = g.variable([2, -1], { dtype: 'float64', requiresGrad: true })
  const optimizer = everyOptimizer[name]([p], options)
  for (const gradient of gradients) {
    p.grad = g.tensor(gradient, { dtype: 'float64' })
    optimizer.step()
  }
  p.data().forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-13))
})
