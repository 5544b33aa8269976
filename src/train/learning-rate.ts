import type { Callback, Run } from './callback.ts'
import { GryphError } from '../base/errors.ts'
import { shown } from './errors.ts'
import type { EpochRecord } from './history.ts'
import { monitored } from './monitor.ts'

/** Something with a learning rate: an optimizer, or a schedule. */
export interface HasLearningRate {
  readonly lr: number
}

/**
 * Adds the learning rate to the record of each epoch, as the metric 'lr'.
 *
 * @throws OPTION_INVALID
 * @example callbacks: [train.logLearningRate(optimizer), train.csvLog({ path: 'log.csv' })]
 */
export function logLearningRate(optimizer: HasLearningRate): Callback {
  if (typeof optimizer !== 'object' || optimizer === null || typeof optimizer.lr !== 'number')
    throw new GryphError(
      'OPTION_INVALID',
      `[logLearningRate] the optimizer is ${shown(optimizer)}. Pass something that has its rate as lr.`,
    )
  return { name: 'logLearningRate', onEpochEnd: (run: Run) => run.record('lr', optimizer.lr) }
}

/**
 * Hands a number of each epoch on, for instance to a schedule that lowers the rate where the loss gets no better.
 *
 * @param monitor 'loss', or a metric of the epochs
 * @throws OPTION_INVALID; and MONITOR_UNKNOWN after the first epoch
 * @example train.onEpochMetric('loss', (loss) => schedule.step(loss))
 */
export function onEpochMetric(monitor: string, use: (value: number, run: Run) => void): Callback {
  if (typeof use !== 'function')
    throw new GryphError('OPTION_INVALID', `[onEpochMetric] use is ${shown(use)}. Pass a function of a number.`)
  return {
    name: 'onEpochMetric',
    onEpochEnd: (run: Run, record: EpochRecord) => use(monitored('onEpochMetric', monitor, record), run),
  }
}
