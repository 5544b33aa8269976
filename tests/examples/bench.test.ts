import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { caseReport, firstCallExcessMs, type Report } from '../../bench/report.ts'
import { rooflineEntry } from '../../bench/roofline.ts'
import { firstCallTable } from '../../bench/text-report.ts'
import { bundleWithSource, programFolder, runNode, type Outcome } from './bundled.ts'

const folder = programFolder()
beforeAll(() => bundleWithSource(['bench/main.ts', 'bench/convolution-sweep.ts'], folder), 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...flags: readonly string[]): Outcome => runNode(['bench/main.mjs', ...flags], folder)

test('a quick run prints one row per chosen case, its roofline, and writes the results', () => {
  const { stdout, stderr, status } = run(
    '--quick',
    '--only',
    'matmul 2',
    '--json',
    'out/results.json',
    '--html',
    'page.html',
  )
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const report = JSON.parse(readFileSync(join(folder, 'out/results.json'), 'utf8')) as Report
  expect(report.quick).toBe(true)
  expect(report.bandwidths.map(({ workingSetBytes }) => workingSetBytes)).toEqual(
    [24, 192, 3072, 49152].map((kB) => 1024 * kB),
  )
  expect(report.cases.map(({ name }) => name)).toEqual(['matmul 256'])
  const [each] = report.cases
  expect(stdout).toMatch(/^matmul 256 +[\d.]+ [mu]?s ± *\d+ % +[\d.]+ [mu]?s ± *\d+ % .*[\d.]+$/m)
  expect(each!.ratio).toBe(each!.eager!.medianMs / each!.compiled!.medianMs)
  expect(each!.roofline).toMatchObject({
    kernels: 1,
    flops: 2 * 256 ** 3,
    bytes: 3 * 4 * 256 ** 2,
    shareOfPeak: each!.roofline!.gflops / (report.peakGflops.fused ?? report.peakGflops.mulAdd),
  })
  expect(stdout).toMatch(/^roofline, one thread +MFLOP .*\nmatmul 256 +34 +0\.79 +43 /m)
  const page = readFileSync(join(folder, 'page.html'), 'utf8')
  for (const part of ['matmul 256', '<svg', '</table>', 'prefers-color-scheme', 'compiled, one thread'])
    expect(page).toContain(part)
  expect(page).not.toMatch(/https?:|<script|<link|NaN|undefined/)
}, 60_000)

test('a program too small for threads says so', () => {
  const { stdout, stderr, status } = run(
    '--quick',
    '--only',
    'linear regression, 10 x 5, sgd',
    '--json',
    'training.json',
    '--html',
    'a.html',
  )
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout).toMatch(
    /^train linear regression, 10 x 5, sgd +[\d.]+ [mu]?s ± *\d+ % +[\d.]+ [mu]?s ± *\d+ % +– +[\d.]+ +–$/m,
  )
  expect(stdout).toMatch(/^one thread, because .*: train linear regression, 10 x 5, sgd$/m)
}, 60_000)

test('a case may have one mode only', () => {
  const { stdout, status } = run('--quick', '--only', 'add of two', '--json', 'add.json', '--html', 'add.html')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^add of two 4-vectors +[\d.]+ us ± *\d+ % +– +– +– +–$/m)
  expect(stdout).not.toContain('roofline')
}, 60_000)

test('convolutions are timed with the share of the peak they reach, forward and back', () => {
  const { stdout, stderr, status } = runNode(['bench/convolution-sweep.mjs', '--quick', '--only', '7 x 7'], folder)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  expect(stdout.match(/^.*7 x 7.*( +[\d.]+ ms +\d+ %){3}$/gm)).toHaveLength(3)
}, 60_000)

test.each([
  [['--only', 'nothing'], '[bench] no case has "nothing" in its name. Cases: train linear regression'],
  [['--fast'], "[bench] Unknown option '--fast'"],
])('%j is one line on stderr and exit code 1', (flags, message) => {
  const { stdout, stderr, status } = run(...flags)
  expect({ stdout, status, lines: stderr.split('\n').length }).toEqual({ stdout: '', status: 1, lines: 2 })
  expect(stderr).toContain(message)
})

describe('what is derived from times', () => {
  const timing = (medianMs: number) => ({ medianMs, bestMs: medianMs, spread: 0 })
  const work = { kernels: 1, flops: 8e9, bytes: 1e9, copyShare: 0, slowest: [] }
  const bandwidths = [
    { workingSetBytes: 1e6, gigabytesPerSecond: 5000 },
    { workingSetBytes: 2e9, gigabytesPerSecond: 1000 },
    { workingSetBytes: 4e9, gigabytesPerSecond: 10 },
  ]
  const peak = { mulAdd: 10, fused: 8000 }

  test('rates, ratios, and shares of what the machine could do', () => {
    const report = caseReport(
      { name: 'a', eager: timing(4), compiled: timing(2), threads: timing(1), work },
      peak,
      bandwidths,
    )
    expect(report).toMatchObject({ ratio: 2, threadsRatio: 2 })
    expect(report.roofline).toMatchObject({
      intensity: 8,
      gflops: 4000,
      shareOfPeak: 0.5,
      gigabytesPerSecond: 500,
      shareOfBandwidth: 0.5,
      bound: 'multiply-adds',
    })
  })

  test.each([
    ['memory', 2, { flops: 1e9 }],
    ['copies in and out', 2, { copyShare: 0.6 }],
    ['other instructions', 2, { flops: 1e9, bytes: 1e8 }],
    ['the call itself', 0.001, { flops: 10, bytes: 10 }],
  ])('%s', (bound, ms, change) => {
    expect(rooflineEntry({ ...work, ...change }, ms, 8000, bandwidths).bound).toBe(bound)
  })

  test('a first call may take as much longer than an eager one as compiling took', () => {
    const calls = { eager: { firstMs: 10, secondMs: 1 }, compiled: { firstMs: 17, secondMs: 1, compileMs: 5 } }
    expect(firstCallExcessMs(calls)).toBe(2)
    const [heading, row] = firstCallTable([{ name: 'a', firstCalls: calls }])
    expect(heading!.split(/ {2,}/)).toHaveLength(6)
    expect(row!.split(/ {2,}/)).toEqual(['a', '10.0', '17.0', '5.0', '2.0', '1.0'])
  })
})
