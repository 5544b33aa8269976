import { monitorUnknown } from './errors.ts'
import type { EpochRecord } from './history.ts'

/** What an epoch says under a name: 'loss', or one of its metrics. @throws MONITOR_UNKNOWN */
export function monitored(where: string, name: string, { loss, metrics }: EpochRecord): number {
  if (name === 'loss') return loss
  const value = metrics[name]
  if (value === undefined) throw monitorUnknown(where, name, ['loss', ...Object.keys(metrics)])
  return value
}

/** Whether less or more is better. */
export type MonitorMode = 'min' | 'max'

/** Whether a value is better than the best so far by more than `minDelta`; NaN never is. */
export const isBetter = (value: number, best: number, mode: MonitorMode, minDelta: number): boolean =>
  mode === 'min' ? value < best - minDelta : value > best + minDelta

export const worst = (mode: MonitorMode): number => (mode === 'min' ? Infinity : -Infinity)
