import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../browser/chromium.ts'
import { PageServer } from '../runtimes/page-server.ts'
import { bundleWithSource, programFolder, runNode, type Outcome } from './bundled.ts'

const folder = programFolder()
const out = join(folder, 'out')
const executablePath = findChromium()
if (executablePath === undefined)
  console.warn('no Chromium here: install one, or name one in CHROMIUM, to test the page')
let outcome: Outcome

beforeAll(async () => {
  const entry = 'examples/deploy/main.ts'
  await bundleWithSource([entry], folder)
  outcome = runNode([entry.replace(/ts$/, 'mjs'), '--epochs', '1', '--out', out], folder)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the network learns, and is exported with its page', () => {
  expect(outcome).toMatchObject({ status: 0, stderr: '' })
  const [, percent] = /^([\d.]+) % of \d+ pictures/m.exec(outcome.stdout) ?? []
  expect(Number(percent)).toBeGreaterThan(60)
})

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let server: PageServer
  let browser: Browser
  let page: Page
  const faults: string[] = []
  beforeAll(async () => {
    server = new PageServer(out)
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    })
    page = await browser.newPage({ viewport: { width: 760, height: 620 } })
    page.on('pageerror', ({ message }) => faults.push(message))
    await page.goto(`${await server.start()}/index.html`)
    page.on('console', (message) => faults.push(message.text()))
    await page.locator('li').nth(9).waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    server?.stop()
  })

  const best = (): Promise<string> => page.locator('li span').first().innerText()
  const status = (): Promise<string> => page.locator('#status').innerText()

  test('the page classifies a picture, learns from a correction, and forgets it', async () => {
    const before = await best()
    expect(await status()).toMatch(/^computed in [\d.]+ ms$/)
    const names = await page.locator('option').allInnerTexts()
    const wanted = names[(names.indexOf(before) + 1) % names.length]!
    await page.locator('#class').selectOption(wanted)
    await page.locator('#teach').click()
    expect(await status()).toMatch(/^12 steps, loss \d+\.\d+: now it sees /)
    expect(await best()).toBe(wanted)
    await page.locator('#reset').click()
    expect(await best()).toBe(before)
  }, 60_000)

  test('what is drawn is classified, and the checkpoint is a safetensors file', async () => {
    await page.locator('#clear').click()
    const empty = await page.locator('#chances').innerText()
    const { x, y } = (await page.locator('#drawing').boundingBox())!
    await page.mouse.move(x + 80, y + 60)
    await page.mouse.down()
    await page.mouse.move(x + 80, y + 220, { steps: 20 })
    await page.mouse.up()
    expect(await page.locator('#chances').innerText()).not.toBe(empty)
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()])
    const saved = readFileSync(await download.path())
    expect(saved.toString('latin1')).toContain('"net.0.weight"')
  }, 60_000)

  test('it looks as it should: a picture, ten chances, and no errors', async () => {
    await page.locator('#picture').click()
    const png = await page.screenshot()
    expect(png.length).toBeGreaterThan(10_000) // an empty page has 3 kB
    const { width } = (await page.locator('main').boundingBox())!
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(760)
    expect(width).toBeGreaterThan(600)
    expect(faults).toEqual([])
  }, 60_000)
})
