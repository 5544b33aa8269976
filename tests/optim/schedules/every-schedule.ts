import { exp, optim, type Tensor } from 'gryph'

const { schedules } = optim
/** For numbers and tensors alike. */
const halved = ((t: Tensor) => exp(t.mul(-0.5))) as unknown as (t: number) => number // of what it is given

/** One of each kind. */
export const everySchedule: readonly (readonly [name: string, schedule: optim.schedules.Schedule])[] = [
  ['constant', schedules.constant({ lr: 0.1 })],
  ['step', schedules.step({ lr: 0.1, stepSize: 7, gamma: 0.7 })],
  ['multiStep', schedules.multiStep({ lr: 0.1, milestones: [3, 11, 30], gamma: 0.3 })],
  ['factor', schedules.factor({ lr: 0.1, factor: 0.9, minimum: 0.01 })],
  ['exponential', schedules.exponential({ lr: 0.1, gamma: 0.97 })],
  ['exponential by lambda', schedules.exponential({ lr: 0.1, lambda: 0.03 })],
  ['polynomial', schedules.polynomial({ lr: 0.1, steps: 30, power: 1.5, finalLr: 0.001 })],
  ['inversePower', schedules.inversePower({ lr: 0.1, rate: 0.3, power: 0.7 })],
  ['inverseSquareRoot', schedules.inverseSquareRoot({ lr: 0.1, offset: 3 })],
  ['cosine', schedules.cosine({ lr: 0.1, steps: 30, finalLr: 0.01, warmUp: 7 })],
  ['warmRestarts', schedules.warmRestarts({ lr: 0.1, period: 7 })],
  ['warmRestarts, longer each time', schedules.warmRestarts({ lr: 0.1, period: 3, factor: 2, finalLr: 0.01 })],
  ['warmUp', schedules.warmUp(schedules.inverseSquareRoot({ lr: 0.1 }), { steps: 9, from: 0.01 })],
  ['oneCycle', schedules.oneCycle({ maxLr: 0.1, steps: 30 })],
  [
    'oneCycle in three phases',
    schedules.oneCycle({ maxLr: 0.1, steps: 30, annealStrategy: 'linear', threePhase: true }),
  ],
  ['lambda', schedules.lambda({ lr: 0.1, factor: (t) => (typeof t === 'number' ? Math.exp(t * -0.5) : halved(t)) })],
]
