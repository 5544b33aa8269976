import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { optimizerNames, readArgs } from '../../examples/fashion-mnist/args.ts'
import { breakEvenStep, differenceText, formatReport, type Report } from '../../examples/fashion-mnist/report.ts'
import { differentNames } from '../../examples/fashion-mnist/train.ts'
import { tensor } from '../../src/index.ts'
import { idxBytes } from '../data/idx-bytes.ts'
import { bundleWithSource, programFolder, runNode, type Outcome } from './bundled.ts'

const folder = programFolder()
const entry = 'examples/fashion-mnist/main.ts'

beforeAll(() => bundleWithSource([entry], folder), 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...flags: readonly string[]): Outcome => runNode([entry.replace(/ts$/, 'mjs'), ...flags], folder)

const trainCount = 40
const testCount = 12
/** A data set small enough for a test: noise in ten classes. */
function dataSet(): Map<string, Uint8Array> {
  const pixels = (count: number): number[] => Array.from({ length: count * 784 }, (_, i) => (i * 7919) % 256)
  const labels = (count: number): number[] => Array.from({ length: count }, (_, i) => i % 10)
  return new Map([
    ['train-images-idx3-ubyte', idxBytes(0x08, [trainCount, 28, 28], pixels(trainCount))],
    ['train-labels-idx1-ubyte', idxBytes(0x08, [trainCount], labels(trainCount))],
    ['t10k-images-idx3-ubyte', idxBytes(0x08, [testCount, 28, 28], pixels(testCount))],
    ['t10k-labels-idx1-ubyte', idxBytes(0x08, [testCount], labels(testCount))],
  ])
}

function writeData(name: string, files: ReadonlyMap<string, Uint8Array>): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  for (const [file, bytes] of files) writeFileSync(join(path, file), bytes)
  return path
}

test('three steps on the shipped images give a report with equal bits', () => {
  const { stdout, stderr, status } = run('--json', '--steps', '3', '--batch', '32')
  const report = JSON.parse(stdout) as Report
  expect(report).toMatchObject({
    steps: 3,
    batch: 32,
    optimizer: 'adam',
    trainImages: 12_000,
    testImages: 2_000,
    bitEqual: true,
    differentTensors: [],
  })
  // Weights and biases of three layers, two moments of each, the learning rate and the step count.
  expect(report.stateTensors).toBe(6 + 12 + 2)
  expect(report.compiled.finalLoss).toBe(report.eager.finalLoss)
  expect(report.compiled.testAccuracy).toBe(report.eager.testAccuracy)
  expect(report.compiled.kernels).toBeGreaterThan(0)
  expect(report.compiled.kernels).toBeLessThan(report.eager.ops)
  const { ops: _, ...eager } = report.eager
  const { ops: __, ...measured } = { ops: 0, ...report.compiled }
  for (const mode of [eager, measured])
    expect(Object.values(mode).every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
  expect(report.aloneSteps).toBe(3)
  expect({ status, progress: stderr.includes('of 3, loss') }).toEqual({ status: 0, progress: true })
}, 60_000)

test.each(optimizerNames)(
  'training with %s ends in equal bits, and the table says so',
  (optimizer) => {
    const data = writeData('plain', dataSet())
    const { stdout, status } = run('--steps', '12', '--batch', '8', '--optimizer', optimizer, '--data', data)
    expect(stdout).toContain(
      `Fashion-MNIST, ${trainCount} training and ${testCount} test images; 784-256-128-10 network, ${optimizer},`,
    )
    for (const row of [
      'time per step (median)',
      'first call',
      'break-even',
      'peak process memory',
      'work per step',
      'final loss',
      'test accuracy',
    ])
      expect(stdout).toMatch(new RegExp(`^${row.replace(/[()]/g, '\\$&')} `, 'm'))
    expect(stdout).toMatch(/All \d+ tensors of parameters and optimizer state are equal bit by bit\.\n$/)
    expect(status).toBe(0)
  },
  60_000,
)

test('with hybridize off the report says so and claims no speed', () => {
  const data = writeData('off', dataSet())
  const flags = [entry.replace(/ts$/, 'mjs'), '--steps', '2', '--batch', '8', '--data', data]
  const { stdout, status } = runNode(flags, folder, { GRYPH_HYBRIDIZE: 'off' })
  expect(stdout).toContain('Hybridize is off, so nothing was compiled: both modes ran eagerly')
  expect(stdout).not.toMatch(/times as fast|break-even|to compile|planned buffers|kernels/)
  expect(status).toBe(0)
  const json = runNode([...flags, '--json'], folder, { GRYPH_HYBRIDIZE: 'off' })
  expect(JSON.parse(json.stdout)).toMatchObject({ hybridize: false, speedUp: null, breakEvenStep: null })
}, 60_000)

test.each([
  ['GRYPH_HYBRIDIZE', "'on' or 'off'"],
  ['GRYPH_RELAXED_SIMD', "'default' or 'enable'"],
])('a value of %s that is not understood is one line on stderr and exit code 1', (variable, allowed) => {
  expect(runNode([entry.replace(/ts$/, 'mjs'), '--steps', '1'], folder, { [variable]: 'nope' })).toEqual({
    stdout: '',
    stderr: `[fashion-mnist] ${variable}: "nope" is not understood. Use ${allowed}.\n`,
    status: 1,
  })
})

test('help names every flag and trains nothing', () => {
  const { stdout, stderr, status } = run('--help')
  for (const flag of ['--steps', '--batch', '--optimizer', '--data', '--json', '--alone', '--help'])
    expect(stdout).toContain(`  ${flag} `)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
})

test.each([
  [['--steps', '0'], '--steps is "0". Give a whole number from 1 to 1000000.'],
  [['--steps', '1e3'], '--steps is "1e3". Give a whole number from 1 to 1000000.'],
  [['--batch', 'many'], '--batch is "many". Give a whole number from 1 to 60000.'],
  [['--optimizer', 'lion'], '--optimizer is "lion". Give one of sgd, momentum, adam.'],
  [['--alone', 'both'], '--alone is "both". Give one of eager, compiled.'],
  [['--speed'], "Unknown option '--speed'. Use --help to see the flags."],
  [['--data'], "Option '--data <value>' argument missing. Use --help to see the flags."],
  [['adam'], "Unexpected argument 'adam'. Use --help to see the flags."],
])('the flags %j are refused with a reason', (flags, message) => {
  expect(() => readArgs(flags)).toThrow(message)
})

test('a wrong flag is one line on stderr and exit code 1', () => {
  expect(run('--batch', '0')).toEqual({
    stdout: '',
    stderr: '[fashion-mnist] --batch is "0". Give a whole number from 1 to 60000.\n',
    status: 1,
  })
})

const withFile = (name: string, bytes: Uint8Array): Map<string, Uint8Array> => dataSet().set(name, bytes)

test.each([
  [
    'missing',
    new Map(),
    'there is neither train-images-idx3-ubyte.gz nor train-images-idx3-ubyte in missing. Check --data.',
  ],
  [
    'truncated',
    withFile('train-images-idx3-ubyte', idxBytes(0x08, [trainCount, 28, 28], [1, 2, 3])),
    'truncated/train-images-idx3-ubyte declares uint8 of shape [40, 28, 28], 31376 bytes with its header, but has 19 bytes. Get the whole file again.',
  ],
  [
    'no-gzip',
    withFile('t10k-labels-idx1-ubyte.gz', gzipSync(idxBytes(0x08, [testCount], [])).subarray(0, 20)),
    'no-gzip/t10k-labels-idx1-ubyte.gz cannot be unpacked: unexpected end of file. Get the whole file again.',
  ],
  [
    'swapped',
    withFile('train-labels-idx1-ubyte', idxBytes(0x08, [3], [1, 2, 3])),
    'swapped/train-labels-idx1-ubyte holds uint8 of shape [3], not one byte for each of the 40 images. Check the file.',
  ],
  [
    'not-images',
    withFile('t10k-images-idx3-ubyte', idxBytes(0x08, [2, 2], [1, 2, 3, 4])),
    'not-images/t10k-images-idx3-ubyte holds uint8 of shape [2, 2], not images of 28 × 28 bytes. Check the file.',
  ],
  [
    'eleventh-class',
    withFile('t10k-labels-idx1-ubyte', idxBytes(0x08, [testCount], new Array<number>(testCount).fill(10))),
    'eleventh-class/t10k-labels-idx1-ubyte has the label 10, but classes are 0 to 9. Check the file.',
  ],
] as const)('%s data files are one line on stderr and exit code 1', (name, files, message) => {
  writeData(name, files)
  expect(run('--steps', '1', '--batch', '4', '--data', name)).toEqual({
    stdout: '',
    stderr: `[fashion-mnist] ${message}\n`,
    status: 1,
  })
})

test('a batch larger than the training set is refused', () => {
  writeData('small', dataSet())
  const { stderr, status } = run('--steps', '1', '--batch', '41', '--data', 'small')
  expect({ stderr, status }).toEqual({
    stderr: '[fashion-mnist] --batch is 41, but there are 40 training images. Give at most that.\n',
    status: 1,
  })
})

test('break-even is the first step after which the compiled total is smaller', () => {
  expect(breakEvenStep([5, 5, 5, 5], [9, 2, 2, 2])).toBe(3)
  expect(breakEvenStep([5, 5], [9, 2])).toBeNull()
  expect(breakEvenStep([5], [4])).toBe(1)
})

test('one differing bit is found and named', () => {
  const [zero, minusZero] = [tensor([0]), tensor([-0])]
  expect(differentNames(new Map([['net.0.bias', zero]]), new Map([['net.0.bias', minusZero]]))).toEqual(['net.0.bias'])
  expect(differentNames(new Map([['a', zero]]), new Map([['a', tensor([0])]]))).toEqual([])
  expect(differentNames(new Map([['a', zero]]), new Map())).toEqual(['a'])
})

test('a report with differing bits says which tensors differ', () => {
  const mode = {
    medianStepMs: 1,
    firstCallMs: 1,
    peakResidentBytes: 1,
    trainingResidentBytes: 1,
    finalLoss: 0.5,
    testAccuracy: 0.9,
  }
  const sizes = {
    steps: 1,
    batch: 1,
    optimizer: 'sgd',
    trainImages: 1,
    testImages: 1,
    node: '20',
    hybridize: true,
    speedUp: 1,
    breakEvenStep: null,
    aloneSteps: 1,
  }
  const report: Report = {
    ...sizes,
    stateTensors: 7,
    differentTensors: ['net.0.bias'],
    bitEqual: false,
    eager: { ...mode, ops: 9 },
    compiled: { ...mode, compileMs: 1, kernels: 3, moduleBytes: 1, arenaBytes: 1 },
  }
  expect(differenceText(report)).toBe(
    'The modes DIFFER in 1 of 7 tensors of parameters and optimizer state (net.0.bias); final loss 0.5 and 0.5.',
  )
  expect(formatReport(report)).toContain('The modes DIFFER')
})
