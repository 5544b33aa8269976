import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gryph-memory-'))
  const entry = (name: string): string => fileURLToPath(new URL(`children/${name}.ts`, import.meta.url))
  await build({
    entryPoints: ['eager-loop', 'compiled-loop', 'many-programs', 'result-loops'].map(entry),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the script printed, run in a process of its own. */
const run = (name: string): unknown =>
  JSON.parse(execFileSync(process.execPath, ['--expose-gc', join(folder, `${name}.mjs`)], { encoding: 'utf8' }))

test('a synchronous loop of eager ops stays flat in memory', { timeout: 120_000 }, () => {
  const { mostBytes, last } = run('eager-loop') as { mostBytes: number; last: number } // the script prints these
  expect(last).toBe(100_000)
  expect(mostBytes).toBeLessThan(400 * 2 ** 20)
})

test('loops over large results stay flat, whether they yield or not', { timeout: 120_000 }, () => {
  const { mostBytes, last } = run('result-loops') as { mostBytes: number; last: number } // the script prints these
  expect(last).toBe(101)
  expect(mostBytes).toBeLessThan(250 * 2 ** 20)
})

test('compiled calls that return nothing allocate practically nothing, and keep nothing', { timeout: 60_000 }, () => {
  const { allocatedPerCall, kept, compiledCalls, last } = run('compiled-loop') as {
    allocatedPerCall: number
    kept: number
    compiledCalls: number
    last: number
  } // the script prints these
  expect(compiledCalls).toBe(49_999)
  expect(last).toBe(2)
  expect(allocatedPerCall).toBeLessThan(64)
  expect(kept).toBeLessThan(100_000)
})

test('compiled functions that nobody holds give their memory back', { timeout: 120_000 }, () => {
  const { mostBytes } = run('many-programs') as { mostBytes: number } // the script prints it
  expect(mostBytes).toBeLessThan(400 * 2 ** 20)
})
