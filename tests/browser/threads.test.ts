import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageReport } from './children/page.ts'
import type { Training } from './children/training.ts'
import { Browser, findChromium, PageServer } from './chromium.ts'

const chromium = findChromium()
if (chromium === undefined)
  console.warn('no Chromium here: install one, or name one in CHROMIUM, to test gryph in pages')

const timeout = 120_000
/** A page, and what else it posts reports of. */
const visits = [['isolated', 'worker'], ['plain'], ['no-blobs']] as const

describe.skipIf(chromium === undefined)('in a page', () => {
  let folder = ''
  let server: PageServer
  const reports = new Map<string, PageReport>()
  let inNode: { readonly alone: Training; readonly two: Training }
  const reportOf = (name: string): PageReport => reports.get(name)!

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gryph-browser-'))
    const child = (name: string): string => fileURLToPath(new URL(`children/${name}.ts`, import.meta.url))
    const common = {
      bundle: true,
      format: 'esm',
      logLevel: 'error',
      outdir: folder,
      outExtension: { '.js': '.mjs' },
    } as const
    await build({ ...common, entryPoints: [child('page')], platform: 'browser', target: 'es2022' })
    await build({ ...common, entryPoints: [child('node')], platform: 'node' })
    server = new PageServer(readFileSync(join(folder, 'page.mjs'), 'utf8'))
    const origin = await server.start()
    for (const [page, ...names] of visits) {
      const browser = new Browser(chromium!, `${origin}/${page}`)
      try {
        for (const name of [page, ...names])
          reports.set(name, (await Promise.race([server.report(name), browser.ended])) as PageReport) // what page.ts posts
      } finally {
        await browser.close()
      }
    }
    inNode = JSON.parse(execFileSync(process.execPath, [join(folder, 'node.mjs')], { encoding: 'utf8', timeout }))
  }, timeout)
  afterAll(() => {
    server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const sameAs = ({ hash, losses }: Training): Partial<Training> => ({ hash, losses })

  test('Node trains to the same bits on one thread and on two', () => {
    expect(inNode.two).toMatchObject({ ...sameAs(inNode.alone), threads: 2 })
    expect(inNode.two.sharedRuns).toBeGreaterThan(0)
  })

  for (const [name, where, mayBlock] of [
    ['isolated', 'the main thread of an isolated page', false],
    ['worker', 'a worker of an isolated page', true],
  ] as const) {
    test(`${where} trains eagerly, on one thread and on two to the bits of Node`, () => {
      const report = reportOf(name)
      expect(report).toMatchObject({ isolated: true, mayBlock })
      const expected = sameAs(inNode.alone)
      expect(report.eager).toMatchObject(expected)
      expect(report.alone).toMatchObject({ ...expected, threads: 1 })
      expect(report.two).toMatchObject({ ...expected, threads: 2, reason: null })
      expect(report.two.sharedRuns).toBeGreaterThan(0)
      expect(report.auto).toMatchObject(expected)
    })

    test(`in ${where} one thread starts no worker`, () => {
      expect(reportOf(name).workersOfOne).toBe(0)
    })

    test(`in ${where} a worker that is ended is missed with state untouched, and replaced`, () => {
      const { lost } = reportOf(name)
      expect(lost).toMatchObject({ code: 'WORKER_LOST', after: lost!.before, recovered: true })
    })
  }

  test('a page that is not isolated runs on one thread and says so', () => {
    const { isolated, eager, two } = reportOf('plain')
    expect(isolated).toBe(false)
    expect(eager).toMatchObject(sameAs(inNode.alone))
    expect(two).toMatchObject({ ...sameAs(inNode.alone), threads: 1, sharedRuns: 0 })
    expect(two.reason).toContain('a page must be cross-origin isolated')
  })

  test('a page that forbids workers from blobs runs on one thread and says so', () => {
    const { isolated, two, auto } = reportOf('no-blobs')
    expect(isolated).toBe(true)
    expect(two).toMatchObject({ ...sameAs(inNode.alone), sharedRuns: 0 })
    expect(auto.reason).toContain('worker-src blob:')
  })
})
