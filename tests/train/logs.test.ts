import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { optim, ones, tensor, train, variable, type Tensor } from 'gryph'
import { afterAll, describe, expect, test } from 'vitest'
import { readEvents } from './read-events.ts'
import { fiveBatches, quiet, smallTraining } from './small-training.ts'

const folder = mkdtempSync(join(tmpdir(), 'gryph-logs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const identity = (x: Tensor): Tensor => x
const losses = [tensor(2), tensor(4)]

describe('csvLog', () => {
  const rowsOf = (path: string): string[][] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','))

  test('has a row for each epoch, with its metrics', async () => {
    const path = join(folder, 'epochs.csv')
    writeFileSync(path, 'of another training\n')
    const optimizer = optim.sgd([variable([1], { requiresGrad: true })], { lr: 0.5 })
    await train.fit(identity, losses, {
      epochs: 2,
      ...quiet,
      validate: (epoch) => ({ accuracy: epoch / 4 }),
      callbacks: [
        train.csvLog({ path }),
        train.logLearningRate(optimizer),
        train.onEpochMetric('accuracy', () => (optimizer.lr /= 2)),
      ],
    })
    const [header, ...rows] = rowsOf(path)
    expect(header).toEqual(['epoch', 'step', 'loss', 'seconds', 'accuracy', 'lr'])
    expect(rows.map((row) => row.filter((_, column) => column !== 3))).toEqual([
      ['1', '2', '3', '0.25', '0.5'],
      ['2', '4', '3', '0.5', '0.25'],
    ])
  })

  test('or after so many steps', async () => {
    const path = join(folder, 'steps.csv')
    await train.fit((x: Tensor) => ({ loss: x, twice: x.mul(2) }), losses, {
      epochs: 2,
      ...quiet,
      callbacks: [train.csvLog({ path, everySteps: 2 })],
    })
    expect(rowsOf(path).map(([epoch, step, loss, , twice]) => [epoch, step, loss, twice])).toEqual([
      ['epoch', 'step', 'loss', 'twice'],
      ['1', '2', '4', '8'],
      ['2', '4', '4', '8'],
    ])
  })

  test('goes on where a resumed training goes on', async () => {
    const batches = fiveBatches()
    const [path, saved] = [join(folder, 'resumed.csv'), join(folder, 'resumed.safetensors')]
    for (const stop of [8, 100]) {
      const { step, net: module, optimizer } = smallTraining('eager')
      const checkpoint = train.checkpoint({ path: saved, module, optimizer, everySteps: 3, resume: true })
      const crash: train.Callback = {
        onStep: (run) => {
          if (run.step === stop) throw new Error('crash')
        },
      }
      const callbacks = [train.csvLog({ path, everySteps: 1 }), checkpoint, crash]
      await train.fit(step, batches, { epochs: 2, ...quiet, callbacks }).catch(() => {})
    }
    expect(rowsOf(path).map(([, step]) => step)).toEqual([
      'step',
      ...Array.from({ length: 10 }, (_, i) => String(i + 1)),
    ])
  })

  test('a metric that comes later has no column', async () => {
    const training = train.fit(identity, losses, {
      epochs: 2,
      ...quiet,
      validate: (epoch) => (epoch === 1 ? {} : { late: 1 }),
      callbacks: [train.csvLog({ path: join(folder, 'late.csv') })],
    })
    await expect(training).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' })
  })
})

describe('tensorboardLog', () => {
  test('writes events that another reader understands, with their checksums', async () => {
    const logs = join(folder, 'board', 'run')
    await train.fit(identity, losses, {
      epochs: 300,
      ...quiet,
      validate: () => ({ größe: 0.1 }),
      callbacks: [train.tensorboardLog({ folder: logs, everySteps: 200 })],
    })
    const names = readdirSync(logs)
    expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.gryph\.\d+\.\d+$/)])
    const [first, ...events] = readEvents(readFileSync(join(logs, names[0]!)))
    expect(first).toMatchObject({ fileVersion: 'brain.Event:2' })
    expect(Math.abs(first!.wallSeconds - Date.now() / 1000)).toBeLessThan(600)
    expect(events.filter(({ step }) => step === 200).map(({ values }) => values)).toEqual([
      [['step/loss', 4]],
      [
        ['epoch/loss', 3],
        ['epoch/seconds', expect.any(Number)],
        ['epoch/größe', Math.fround(0.1)],
      ],
    ])
    expect(events.map(({ step }) => step).at(-1)).toBe(600)
    expect(events).toHaveLength(303)
  })

  test('begins a file of its own for each training', async () => {
    const logs = join(folder, 'several')
    const callbacks = [train.tensorboardLog({ folder: `${logs}/` })]
    for (let i = 0; i < 2; i++) await train.fit(identity, [ones([])], { epochs: 1, ...quiet, callbacks })
    expect(readdirSync(logs)).toHaveLength(2)
  })
})
