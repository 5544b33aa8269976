import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser, findChromium } from '../browser/chromium.ts'
import { formats, writeArtefacts, type Report } from './artefacts.ts'
import { othersWanted, runInOther, otherRuntimes } from './other-runtimes.ts'
import { inNode } from './in-node.ts'
import { PageServer } from './page-server.ts'

const chromium = findChromium()
if (chromium === undefined)
  console.warn('no Chromium here: install one, or name one in CHROMIUM, to test artefacts in pages')
const timeout = 120_000
const folder = mkdtempSync(join(tmpdir(), 'gryph-runtimes-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let expected: Pick<Report, 'losses' | 'predictions'>
beforeAll(async () => {
  expected = await writeArtefacts(folder)
}, timeout)

/** All bits are those of gryph, and the checkpoint gives the same predictions. */
function isRight(report: unknown, state?: number): void {
  const { predictions, losses } = expected
  expect(report).toMatchObject({
    tested: true,
    losses,
    predictions,
    restored: predictions,
    code: 'ARTEFACT_INPUT_INVALID',
  })
  if (state !== undefined) expect(report).toMatchObject({ state })
}

test.each(formats)('%s: in Node', (format) => isRight(inNode(folder, format)), timeout)

describe.skipIf(chromium === undefined)('in Chromium', () => {
  let server: PageServer
  let origin = ''
  beforeAll(async () => {
    server = new PageServer(folder)
    origin = await server.start()
  })
  afterAll(() => server.stop())

  async function visit(parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const report = server.nextReport()
    const browser = new Browser(chromium!, `${origin}/page.html?${new URLSearchParams(parameters).toString()}`)
    try {
      return await Promise.race([report, browser.ended])
    } finally {
      await browser.close()
    }
  }

  test('files: in a page without a policy', async () => isRight(await visit({ format: 'files' })), timeout)

  test(
    'single: where the policy allows WebAssembly and nothing else',
    async () => {
      const report = await visit({
        format: 'single',
        policy: "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
      })
      isRight(report)
      expect(report).toMatchObject({ evaluates: false })
    },
    timeout,
  )

  test(
    'js: where the policy allows no evaluation at all',
    async () => {
      const report = await visit({ format: 'js', policy: "default-src 'self'" })
      isRight(report)
      expect(report).toMatchObject({ evaluates: false })
    },
    timeout,
  )

  test.each([{}, { where: 'worker' }])(
    'threads: in a page that is cross-origin isolated, %j',
    async (where) => {
      const report = await visit({ format: 'threads', isolated: 'yes', ...where })
      isRight(report)
      expect(report).toMatchObject({ threads: availableParallelism() > 1 ? 2 : undefined })
    },
    timeout,
  )

  test(
    'threads: on one where memory cannot be shared',
    async () => {
      const report = await visit({ format: 'threads' })
      isRight(report)
      expect(report).not.toHaveProperty('threads')
    },
    timeout,
  )

  test('files: in a worker', async () => isRight(await visit({ format: 'files', where: 'worker' })), timeout)
})

/** They are large, and each is installed on its own: `npm run test:runtimes` asks for them. */
describe.skipIf(!othersWanted)('in other runtimes', () => {
  test.each(otherRuntimes)('%s', async (name) => isRight(await runInOther(name, folder)), 5 * timeout)
})
