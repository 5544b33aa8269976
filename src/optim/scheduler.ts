import { context, currentLazyCall, withContext } from '../frontend/context.ts'
import { assign, tensor, variable } from '../frontend/create.ts'
import { Tensor } from '../frontend/tensor.ts'
import { copyState, loadState, type StateDict } from '../nn/state-dict.ts'
import { notAnOptimizer, notASchedule, rateInvalid, schedulesMiscounted } from './errors.ts'
import { Optimizer } from './optimizer.ts'
import type { OptimizerGroup } from './parameter-group.ts'
import { asTensor } from './schedules/real.ts'
import type { Schedule } from './schedules/schedule.ts'
import type { CommonOptions } from './rule.ts'

/** One of `optim.schedules`, or any function from the step count to a rate; in a compiled function only one of tensor ops. */
export type ScheduleLike = (t: number) => number

/**
 * Sets the learning rate of an optimizer by a schedule: schedule(0) when it is made, and schedule(t) at its t-th step, by batches or by epochs as
 * the schedule is meant. Steps may be part of a hybridized function, where the rate is computed with it, or come between its calls, where it is
 * an input of it: neither compiles anything anew.
 */
export class Scheduler {
  readonly #groups: readonly OptimizerGroup<CommonOptions>[]
  readonly #rates: readonly Schedule[]
  readonly #stepCount: Tensor

  /** @throws SCHEDULE_INVALID */
  constructor(optimizer: Optimizer, schedule: ScheduleLike | readonly ScheduleLike[]) {
    if (!(optimizer instanceof Optimizer)) throw notAnOptimizer('scheduler', optimizer)
    this.#groups = optimizer.groups
    this.#rates = ratesOf(this.#groups, schedule)
    this.#stepCount = variable(0, { dtype: 'float64' })
    this.#set(0)
  }

  /** Steps so far. A hybridized function that reads it here, as a number, is read at every call: that is a host read. */
  get stepCount(): number {
    return this.#stepCount.item()
  }

  /** The learning rate that it has set, of the first group. */
  get lr(): number {
    return this.#groups[0]!.lr
  }

  /** Sets the rate of the next step. */
  step(): void {
    withContext({ gradEnabled: false, isHidden: true }, () => {
      if (context.recorder || currentLazyCall()) {
        const next = this.#stepCount.add(1)
        this.#groups.forEach(({ lrVariable }, i) => assign(lrVariable, asTensor(this.#rates[i]!(next))))
        assign(this.#stepCount, next)
      } else {
        const next = this.#stepCount.storage.array[0]! + 1
        this.#set(next)
        assign(this.#stepCount, tensor(next, { dtype: 'float64' }))
      }
    })
  }

  /** The number of steps, as a tensor. The rate itself is part of the optimizer's state. */
  stateDict(): StateDict {
    return copyState(this.#state())
  }

  /** Goes on where another scheduler was, and sets that rate. @throws STATE_DICT_MISMATCH */
  loadStateDict(dict: Readonly<StateDict>): void {
    loadState('scheduler.loadStateDict', this.#state(), dict, true)
    this.#set(this.#stepCount.storage.array[0]!)
  }

  #set(t: number): void {
    const rates = this.#rates.map((rate) => rate(t))
    for (const rate of rates)
      if (!(typeof rate === 'number' && rate >= 0 && rate < Infinity)) throw rateInvalid('scheduler', t, rate)
    this.#groups.forEach((group, i) => (group.lr = rates[i]!))
  }

  #state(): Map<string, Tensor> {
    return new Map([['stepCount', this.#stepCount]])
  }
}

/** A schedule for each group: its own, or the only one in the proportion that the groups' rates had. */
function ratesOf(
  groups: readonly OptimizerGroup<CommonOptions>[],
  given: ScheduleLike | readonly ScheduleLike[],
): Schedule[] {
  const schedules: readonly unknown[] = Array.isArray(given) ? given : [given]
  const made = schedules.map((schedule) => {
    if (typeof schedule !== 'function') throw notASchedule('scheduler', schedule)
    return schedule as Schedule // of tensors only if it can
  })
  if (made.length === groups.length) return made
  if (made.length !== 1) throw schedulesMiscounted(made.length, groups.length)
  const [schedule, first] = [made[0]!, groups[0]!.lr]
  return groups.map(({ lr }) => {
    if (lr === first) return schedule
    const share = lr / first
    return ((t: never) => scaled(schedule(t), share)) as Schedule // a number from a number
  })
}

const scaled = (rate: number | Tensor, share: number): number | Tensor =>
  rate instanceof Tensor ? rate.mul(share) : rate * share

/**
 * Has a schedule set an optimizer's learning rate. With several parameter groups, one schedule is the first group's, and the others keep the
 * proportion to it that they have now; or give one for each.
 *
 * @throws SCHEDULE_INVALID
 * @example const scheduler = optim.scheduler(optimizer, optim.schedules.cosine({ lr: 0.1, steps: 100 })) // then optimizer.step(); scheduler.step()
 */
export const scheduler = (optimizer: Optimizer, schedule: ScheduleLike | readonly ScheduleLike[]): Scheduler =>
  new Scheduler(optimizer, schedule)
