import { data, manualSeed, noGrad, randn, variable, type Tensor } from 'gryph'
import type { Mode } from '../gallery/example.ts'
import type { Contender } from './contenders.ts'
import type { Table } from './table.ts'

export const batchSize = 10
export const epochCount = 2
const stepsPerPoint = 15

type Batch = readonly [x: Tensor, y: Tensor]

/** mean((Xw + b − y)² / 2) */
export const lossOf = (w: Tensor, b: Tensor, x: Tensor, y: Tensor): Tensor =>
  x.matmul(w).add(b).sub(y).square().div(2).mean()

/** Batches of each epoch: in the order of the file, or shuffled anew. */
export function batchesOf(
  { x, y }: Table,
  order: 'file' | 'shuffled',
  size = batchSize,
  epochs = epochCount,
): Batch[][] {
  const loader = data.dataLoader(data.tensorDataset(x, y), { batchSize: size, shuffle: order === 'shuffled', seed: 1 })
  return Array.from({ length: epochs }, () => [...loader])
}

export interface Training {
  /** Over all rows: at the start, after every 15 steps or what `stepsPerPoint` says, and at the end. */
  readonly losses: readonly number[]
  /** Epochs done at these points. */
  readonly epochs: readonly number[]
  readonly times: {
    /** Time of all steps, the first of which compiles something; and of all steps from the same start again, the best of `repeats`; the first one where there are none. */
    readonly firstMs: number
    readonly laterMs: number
    /** Time of steps until each point, of that later run. */
    readonly seconds: readonly number[]
  }
}

/** Linear regression from zeros, or from N(0, 0.01²). Steps are timed, measuring the loss is not. */
export function train(
  mode: Mode,
  table: Table,
  make: Contender['make'],
  batches: readonly (readonly Batch[])[],
  { start, every = stepsPerPoint, repeats = 1 }: { start: 'zeros' | 'random'; every?: number; repeats?: number },
): Training {
  manualSeed(1)
  const w = variable(randn([5], { dtype: 'float64' }).mul(start === 'zeros' ? 0 : 0.01), { requiresGrad: true })
  const b = variable(0, { dtype: 'float64', requiresGrad: true })
  const optimizer = make([w, b])
  const begin = { w: w.clone().detach(), state: optimizer.stateDict() }
  const step = mode.compile((x: Tensor, y: Tensor) => {
    const loss = lossOf(w, b, x, y)
    loss.backward()
    optimizer.step()
    return loss
  })
  const wholeLoss = mode.compile(lossOf)
  const steps = batches.flat()
  const run = () => {
    const measure = (): number => noGrad(() => wholeLoss(w, b, table.x, table.y)).item()
    const [losses, epochs, seconds] = [[measure()], [0], [0]]
    let ms = 0
    for (let done = 0; done < steps.length;) {
      const chunk = steps.slice(done, done + every)
      const before = performance.now()
      for (const [x, y] of chunk) step(x, y)
      ms += performance.now() - before
      done += chunk.length
      losses.push(measure())
      epochs.push((done / steps.length) * batches.length)
      seconds.push(ms / 1000)
    }
    return { losses, epochs, seconds, ms }
  }
  const runAgain = () => {
    w.assign(begin.w)
    b.zero_()
    optimizer.loadStateDict(begin.state)
    return run()
  }
  const first = run()
  const later = Array.from({ length: repeats }, runAgain).toSorted((a, b) => a.ms - b.ms)[0] ?? first
  return {
    losses: first.losses,
    epochs: first.epochs,
    times: { firstMs: first.ms, laterMs: later.ms, seconds: later.seconds },
  }
}
