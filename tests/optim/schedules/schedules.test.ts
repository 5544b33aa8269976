import { optim, tensor } from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf } from '../../nn/modes.ts'
import { everySchedule } from './every-schedule.ts'

const { schedules } = optim

/** Rates by step, computed by PyTorch 1.13 (torch.optim.lr_scheduler) with the same options. */
const pytorch: readonly (readonly [string, optim.schedules.Schedule, Readonly<Record<number, number>>])[] = [
  [
    'step',
    optim.schedules.step({ lr: 0.1, stepSize: 3, gamma: 0.5 }),
    { 0: 0.1, 2: 0.1, 3: 0.05, 8: 0.025, 9: 0.0125 },
  ],
  [
    'multiStep',
    optim.schedules.multiStep({ lr: 0.1, milestones: [2, 5], gamma: 0.3 }),
    { 1: 0.1, 2: 0.03, 4: 0.03, 5: 0.009, 9: 0.009 },
  ],
  [
    'exponential',
    optim.schedules.exponential({ lr: 0.1, gamma: 0.9 }),
    { 0: 0.1, 1: 0.09000000000000001, 5: 0.05904900000000002, 10: 0.03486784401000002 },
  ],
  [
    'polynomial',
    optim.schedules.polynomial({ lr: 0.1, steps: 8, power: 2 }),
    { 0: 0.1, 1: 0.0765625, 4: 0.02500000000000001, 7: 0.0015625000000000005, 8: 0.0, 11: 0.0 },
  ],
  [
    'cosine',
    optim.schedules.cosine({ lr: 0.1, steps: 10, finalLr: 0.02 }),
    { 0: 0.1, 1: 0.09804226065180616, 5: 0.06, 9: 0.02195773934819386, 10: 0.02 },
  ],
  [
    'warmRestarts',
    optim.schedules.warmRestarts({ lr: 0.1, period: 4, finalLr: 0.01 }),
    { 0: 0.1, 3: 0.023180194846605363, 4: 0.1, 6: 0.05500000000000001, 8: 0.1, 11: 0.023180194846605363 },
  ],
  [
    'warmRestarts',
    optim.schedules.warmRestarts({ lr: 0.1, period: 2, factor: 3 }),
    {
      0: 0.1,
      1: 0.05,
      2: 0.1,
      5: 0.05,
      7: 0.006698729810778065,
      8: 0.1,
      9: 0.09924038765061041,
      25: 0.0007596123493895991,
      26: 0.1,
    },
  ],
  [
    'oneCycle',
    optim.schedules.oneCycle({ maxLr: 0.1, steps: 20 }),
    {
      0: 0.0040000000000000036,
      1: 0.013167184270002533,
      5: 0.1,
      6: 0.09874640062350874,
      12: 0.0500002,
      18: 0.0012539993764912555,
      19: 4e-7,
    },
  ],
  [
    'oneCycle',
    optim.schedules.oneCycle({
      maxLr: 0.1,
      steps: 20,
      pctStart: 0.25,
      divFactor: 10,
      finalDivFactor: 100,
      annealStrategy: 'linear',
      threePhase: true,
    }),
    { 0: 0.01, 1: 0.0325, 4: 0.1, 6: 0.055, 8: 0.009999999999999995, 9: 0.0091, 15: 0.0037, 19: 9.99999999999994e-5 },
  ],
  [
    'lambda',
    optim.schedules.lambda({ lr: 0.1, factor: (t: number) => 0.95 ** t }),
    { 0: 0.1, 1: 0.095, 10: 0.05987369392383787 },
  ],
]

test.each(pytorch)('%s has the rates that PyTorch has', (_, schedule, rates) => {
  for (const [t, rate] of Object.entries(rates)) expect(Math.abs(schedule(Number(t)) - rate)).toBeLessThan(1e-15)
})

describe("the course's schedules", () => {
  const at = (schedule: optim.schedules.Schedule, ...steps: number[]): number[] =>
    steps.map((t) => Number(schedule(t).toFixed(12)))

  test('a cosine over 20 steps', () => {
    const options = { lr: 0.3, finalLr: 0.01, steps: 20 }
    const rates = [0, 5, 10, 15, 20].map((t) => Number(schedules.cosine(options)(t).toFixed(5)))
    expect(rates).toEqual([0.3, 0.25753, 0.155, 0.05247, 0.01])
    expect(at(schedules.cosine({ ...options, warmUp: 5 }), 0, 1, 4, 5, 20, 30)).toEqual([
      0, 0.06, 0.24, 0.3, 0.01, 0.01,
    ])
    const wrapped = schedules.warmUp(schedules.cosine({ ...options, steps: 15 }), { steps: 5 })
    for (const t of [0, 1, 4, 5, 9, 20, 30]) expect(wrapped(t)).toBe(schedules.cosine({ ...options, warmUp: 5 })(t))
  })

  test('a factor down to a least rate, several milestones, and decays', () => {
    expect(at(schedules.factor({ lr: 2, factor: 0.9, minimum: 1e-2 }), 0, 1, 2, 100)).toEqual([2, 1.8, 1.62, 0.01])
    expect(at(schedules.multiStep({ lr: 0.5, milestones: [15, 30], gamma: 0.5 }), 14, 15, 29, 30)).toEqual([
      0.5, 0.25, 0.25, 0.125,
    ])
    expect(at(schedules.inverseSquareRoot({ lr: 0.1 }), 0, 3, 99)).toEqual([0.1, 0.05, 0.01])
    expect(at(schedules.inverseSquareRoot({ lr: 0.1, offset: 100 }), 0, 300)).toEqual([0.1, 0.05])
    expect(at(schedules.inversePower({ lr: 0.1, rate: 0.1 }), 0, 30)).toEqual([0.1, 0.05])
    expect(schedules.exponential({ lr: 1, lambda: 0.1 })(7)).toBe(Math.exp(-0.1 * 7))
    expect(at(schedules.polynomial({ lr: 0.5, steps: 10, finalLr: 0.1 }), 0, 5, 10, 11)).toEqual([0.5, 0.3, 0.1, 0.1])
    expect(schedules.constant({ lr: 0.3 })(1e6)).toBe(0.3)
  })
})

test.each(everySchedule)('%s gives a tensor the bits that it gives a number', (_, schedule) => {
  for (let t = 0; t < 40; t++) {
    const rate = schedule(tensor(t, { dtype: 'float64' }))
    expect([t, rate.dtype, rate.shape, rate.item()]).toEqual([t, 'float64', [], schedule(t)])
  }
})

test('no restart is missed or early', () => {
  for (const factor of [2, 3, 7]) {
    const schedule = schedules.warmRestarts({ lr: 1, period: 5, factor })
    for (let [start, length] = [0, 5]; start < 1e7; start += length, length *= factor) {
      expect(schedule(start)).toBe(1)
      if (start > 0) expect(schedule(start - 1)).toBeLessThan(0.1)
    }
  }
})

test.each([
  [
    '[schedules.cosine] steps is 5. Use a whole number of at least 6.',
    () => schedules.cosine({ lr: 1, steps: 5, warmUp: 5 }),
  ],
  ['[schedules.cosine] lr is -1. Use a number of at least 0.', () => schedules.cosine({ lr: -1, steps: 5 })],
  [
    '[schedules.step] stepSize is 1.5. Use a number that is whole and at least 1.',
    () => schedules.step({ lr: 1, stepSize: 1.5 }),
  ],
  [
    '[schedules.multiStep] milestones is [3, 2]. Use rising whole numbers above 0, for instance [15, 30].',
    () => schedules.multiStep({ lr: 1, milestones: [3, 2] }),
  ],
  [
    '[schedules.exponential] the decay is given twice, or not at all. Give either gamma or lambda: lr · gamma^t or lr · e^(−lambda · t).',
    () => schedules.exponential({ lr: 1 }),
  ],
  [
    "[schedules.oneCycle] annealStrategy is \"sine\". Use 'cos' or 'linear'.",
    () => schedules.oneCycle({ maxLr: 1, steps: 9, annealStrategy: 'sine' as never }),
  ],
  [
    '[schedules.oneCycle] steps is 1. Use a whole number of at least 4.',
    () => schedules.oneCycle({ maxLr: 1, steps: 1 }),
  ],
  [
    '[schedules.lambda] factor is 2. Use a function of the step count.',
    () => schedules.lambda({ lr: 1, factor: 2 as never }),
  ],
])('options that are wrong are refused: %s', (message, make) => {
  expect(codeOf(make)).toBe('HYPERPARAMETER_INVALID')
  expect(make).toThrow(message)
})

test('what is no option is refused', () => {
  expect(codeOf(() => schedules.step({ lr: 1, size: 2 } as never))).toBe('OPTION_UNKNOWN')
  expect(codeOf(() => schedules.step(undefined as never))).toBe('OPTION_INVALID')
  expect(codeOf(() => schedules.warmUp(0.1 as never, { steps: 3 }))).toBe('SCHEDULE_INVALID')
})
