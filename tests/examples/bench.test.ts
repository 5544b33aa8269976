import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { caseReport, type Report } from '../../bench/report.ts'
import { bundleWithSource, programFolder, runNode, type Outcome } from './bundled.ts'

const folder = programFolder()
beforeAll(() => bundleWithSource(['bench/main.ts', 'bench/convolution-sweep.ts'], folder), 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...flags: readonly string[]): Outcome => runNode(['bench/main.mjs', ...flags], folder)

test('a quick run prints one row per chosen case and writes the results', () => {
  const { stdout, stderr, status } = run('--quick', '--only', 'matmul', '--json', 'out/results.json')
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const report = JSON.parse(readFileSync(join(folder, 'out/results.json'), 'utf8')) as Report
  expect(report.quick).toBe(true)
  expect(report.cases.map(({ name }) => name)).toEqual(['matmul 64', 'matmul 128', 'matmul 256', 'matmul 512'])
  for (const each of report.cases) {
    expect(stdout).toContain(`${each.name} `)
    expect(each.ratio).toBe(each.eager!.medianMs / each.compiled!.medianMs)
    expect(each.shareOfPeak).toBe(each.compiledGflops! / (report.peakGflops.fused ?? report.peakGflops.mulAdd))
  }
}, 60_000)

test('training and compiling can be timed, and a case may have one mode only', () => {
  const { stdout, status } = run('--quick', '--only', 'linear regression', '--json', 'training.json')
  expect(stdout).toMatch(
    /^train linear regression, 10 x 5, sgd +[\d.]+ [mu]s ± *\d+ % +[\d.]+ [mu]s ± *\d+ % +[\d.]+$/m,
  )
  const compile = run('--quick', '--only', 'trace and compile', '--json', 'compile.json')
  expect(compile.stdout).toMatch(/^trace and compile .* ± *\d+ %$/m)
  expect([status, compile.status]).toEqual([0, 0])
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

test('rates follow from operations and times', () => {
  const timing = { medianMs: 2, spread: 0 }
  const report = caseReport(
    { name: 'a', flops: 8e9, eager: { medianMs: 4, spread: 0 }, compiled: timing },
    { mulAdd: 10, fused: 8000 },
  )
  expect(report).toMatchObject({ ratio: 2, eagerGflops: 2000, compiledGflops: 4000, shareOfPeak: 0.5 })
})
