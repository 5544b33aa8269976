import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf, modes } from '../../nn/modes.ts'
import { everySchedule } from './every-schedule.ts'

const { optim } = g
const { schedules } = optim
const leaf = (): g.Tensor => g.variable([1, 2], { requiresGrad: true })

function made(schedule: g.optim.ScheduleLike | readonly g.optim.ScheduleLike[], isInside: boolean) {
  const p = leaf()
  const optimizer = optim.sgd([p], { lr: 0.5, momentum: 0.5 })
  const scheduler = optim.scheduler(optimizer, schedule)
  const train = (): void => {
    p.square().sum().backward()
    optimizer.step()
    if (isInside) scheduler.step()
  }
  return { p, optimizer, scheduler, train }
}

test.each(everySchedule)(
  '10,000 steps with %s compile once, and have the rates and the bits of eager steps',
  (_, schedule) => {
    const [eager, inside, outside] = [made(schedule, false), made(schedule, true), made(schedule, false)]
    const [fastInside, fastOutside] = [g.hybridize(inside.train, { fullGraph: true }), g.hybridize(outside.train)]
    for (let t = 1; t <= 10_000; t++) {
      fastInside()
      fastOutside()
      outside.scheduler.step()
      if (t <= 50) {
        eager.train()
        eager.scheduler.step()
      }
      if (t === 50 || t % 997 === 0) {
        const state = [schedule(t), t, ...outside.p.data()]
        expect([outside.optimizer.lr, outside.scheduler.stepCount, ...outside.p.data()]).toEqual(state)
        expect([inside.optimizer.lr, inside.scheduler.stepCount, ...inside.p.data()]).toEqual(state)
        if (t === 50) expect([eager.optimizer.lr, eager.scheduler.stepCount, ...eager.p.data()]).toEqual(state)
      }
    }
    expect([fastInside.stats, fastOutside.stats].map(({ traces, compiledCalls }) => [traces, compiledCalls])).toEqual([
      [1, 9999],
      [1, 9999],
    ])
  },
)

describe('a scheduler', () => {
  const linear = (t: number): number => 1 / (1 + t)

  test('sets the first rate when it is made, and takes any function of the step count', () => {
    const { optimizer, scheduler } = made(linear, false)
    expect(optimizer.lr).toBe(1)
    scheduler.step()
    expect([optimizer.lr, scheduler.stepCount]).toEqual([0.5, 1])
  })

  test('goes on from a checkpoint', () => {
    const [first, second] = [made(linear, false), made(linear, false)]
    for (let i = 0; i < 3; i++) first.scheduler.step()
    second.scheduler.loadStateDict(first.scheduler.stateDict())
    expect(second.optimizer.lr).toBe(0.25)
    second.scheduler.step()
    expect(second.optimizer.lr).toBe(0.2)
  })

  test.each(['eager', 'js', 'wasm'] as const)('keeps the proportion of the rates of groups: %s', (mode) => {
    const [a, b] = [leaf(), leaf()]
    const optimizer = optim.sgd([{ params: [a], lr: 0.5 }, { params: [b] }], { lr: 0.05 })
    const scheduler = optim.scheduler(optimizer, schedules.factor({ lr: 1, factor: 0.5 }))
    const step = modes[mode](() => scheduler.step())
    const rates = [0, 1, 2].map(() => {
      const now = optimizer.groups.map(({ lr }) => lr)
      step()
      return now
    })
    expect(rates).toEqual([
      [1, 0.1],
      [0.5, 0.05],
      [0.25, 0.025],
    ])
  })

  test('may have a schedule for each group', () => {
    const optimizer = optim.sgd([{ params: [leaf()] }, { params: [leaf()] }], { lr: 1 })
    optim.scheduler(optimizer, [linear, schedules.constant({ lr: 7 })]).step()
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0.5, 7])
  })

  test('inside of a function that reads values goes on with the same rates', () => {
    const { optimizer, scheduler } = made(schedules.cosine({ lr: 1, steps: 9 }), false)
    const f = g.hybridize((x: g.Tensor) => {
      scheduler.step()
      return x.sum().item() > 0 ? scheduler.stepCount : 0
    })
    for (let t = 1; t < 6; t++) {
      expect(f(g.ones([2]))).toBe(t)
      expect(optimizer.lr).toBe(schedules.cosine({ lr: 1, steps: 9 })(t))
    }
  })

  test('refuses what is wrong', () => {
    const optimizer = optim.sgd([leaf()], { lr: 1 })
    expect(() => optim.scheduler(optimizer, 0.1 as never)).toThrow(
      '[scheduler] the schedule is 0.1. Pass one of optim.schedules, or a function of the step count that gives a rate.',
    )
    expect(() => optim.scheduler(optimizer, [linear, linear])).toThrow(
      '[scheduler] there are 2 schedules for 1 parameter groups. Pass one for all, or one for each.',
    )
    expect(() => optim.scheduler({} as never, linear)).toThrow('[scheduler] the optimizer is')
    const scheduler = optim.scheduler(optimizer, (t) => 1 - t)
    scheduler.step()
    expect(() => scheduler.step()).toThrow(
      '[scheduler] after 2 steps the schedule gives -1. Have it give a rate: a finite number of at least 0.',
    )
    expect([optimizer.lr, scheduler.stepCount]).toEqual([0, 1])
    expect(codeOf(() => optim.scheduler(optimizer, () => Number.NaN))).toBe('SCHEDULE_INVALID')
  })
})

const metrics = [1, 0.9, 0.95, 0.91, 0.92, 0.89, 0.895, 0.9, 0.91, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76]
/** Rates after each metric, computed by PyTorch 1.13 (ReduceLROnPlateau) from the same options and a rate of 0.1. */
const plateaus: readonly (readonly [g.optim.ReduceOnPlateauOptions, readonly number[]])[] = [
  [
    { patience: 1, factor: 0.5 },
    [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025, 0.025, 0.0125, 0.0125, 0.00625, 0.00625, 0.003125],
  ],
  [
    { patience: 0, cooldown: 2, minLr: 1e-3 },
    [0.1, 0.1, ...Array<number>(4).fill(0.010000000000000002), ...Array<number>(10).fill(0.0010000000000000002)],
  ],
  [
    { mode: 'max', patience: 1, factor: 0.5, threshold: 0.05, thresholdMode: 'abs' },
    [1, 1, 0.5, 0.5, 1 / 4, 1 / 4, 1 / 8, 1 / 8, 1 / 16, 1 / 16, 1 / 32, 1 / 32, 1 / 64, 1 / 64, 1 / 128, 1 / 128].map(
      (share) => 0.1 * share,
    ),
  ],
]

describe.each(plateaus)('reduceOnPlateau with %o', (options, rates) => {
  test.each(['eager', 'js', 'wasm'] as const)('has the rates that PyTorch has: %s', (mode) => {
    const optimizer = optim.sgd([leaf()], { lr: 0.1 })
    const plateau = optim.reduceOnPlateau(optimizer, options)
    const step = modes[mode]((metric: g.Tensor) => plateau.step(metric))
    expect(
      metrics.map((metric) => {
        step(g.tensor(metric, { dtype: 'float64' }))
        return optimizer.lr
      }),
    ).toEqual(rates)
  })

  test('takes numbers, and goes on from a checkpoint', () => {
    const optimizers = [0, 1].map(() => optim.sgd([leaf()], { lr: 0.1 }))
    const [first, second] = optimizers.map((optimizer) => optim.reduceOnPlateau(optimizer, options))
    for (const metric of metrics.slice(0, 7)) first!.step(metric)
    second!.loadStateDict(first!.stateDict())
    optimizers[1]!.loadStateDict(optimizers[0]!.stateDict())
    for (const metric of metrics.slice(7)) second!.step(metric)
    expect(optimizers[1]!.lr).toBe(rates.at(-1))
  })
})

test('reduceOnPlateau refuses what is wrong', () => {
  const optimizer = optim.sgd([leaf()], { lr: 1 })
  expect(() => optim.reduceOnPlateau(optimizer).step(g.ones([2]))).toThrow(
    '[reduceOnPlateau.step] the metric is a tensor of shape [2]. Pass a number, or a tensor with one element.',
  )
  expect(codeOf(() => optim.reduceOnPlateau({} as never))).toBe('SCHEDULE_INVALID')
  expect(codeOf(() => optim.reduceOnPlateau(optimizer, { mode: 'least' as never }))).toBe('HYPERPARAMETER_INVALID')
  expect(codeOf(() => optim.reduceOnPlateau(optimizer, { patience: 0.5 }))).toBe('HYPERPARAMETER_INVALID')
})
