import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const size = { width: 1180, height: 5000 }

/** What the page says of itself once it is loaded. */
interface Seen {
  readonly pictures: number
  /** Pictures that did not load. */
  readonly broken: readonly string[]
  /** Whether something is wider than the window. */
  readonly isWide: boolean
  readonly height: number
}

const look = `<script>addEventListener('load', () => {
  const images = [...document.images]
  const seen = {
    pictures: images.length,
    broken: images.filter((image) => image.naturalWidth === 0).map((image) => image.getAttribute('src')),
    isWide: document.documentElement.scrollWidth > innerWidth,
    height: document.documentElement.scrollHeight,
  }
  document.body.insertAdjacentHTML('beforeend', '<template id="seen">' + JSON.stringify(seen) + '</template>')
})</script>`

/** Looks at the page in a headless Chromium and leaves `index.png` beside it; says so and is content where there is no Chromium. */
export function checkScreenshot(page: string): boolean {
  const chromium = findChromium()
  if (chromium === undefined) {
    console.log(`screenshot skipped: there is no Chromium on the path (${names.join(', ')}), and CHROMIUM names none`)
    return true
  }
  const profile = mkdtempSync(join(tmpdir(), 'gryph-gallery-'))
  // The copy asks itself how it looks; it must lie beside the pictures.
  const copy = join(dirname(page), '.looked-at.html')
  const screenshot = page.replace(/html$/, 'png')
  try {
    writeFileSync(copy, readFileSync(page, 'utf8').replace('</body>', `${look}</body>`))
    const seen = dumpOf(run(chromium, profile, ['--dump-dom', pathToFileURL(copy).href]))
    if (seen === undefined) {
      console.error('screenshot: Chromium did not show the page')
      return false
    }
    const window = `--window-size=${size.width},${Math.min(seen.height, 16_000)}`
    run(chromium, profile, [`--screenshot=${screenshot}`, window, pathToFileURL(page).href])
    console.log(`screenshot: ${screenshot}, ${seen.pictures} pictures`)
    if (seen.broken.length > 0) console.error(`pictures that did not load: ${seen.broken.join(', ')}`)
    if (seen.isWide) console.error('the page is wider than its window')
    return seen.broken.length === 0 && !seen.isWide && existsSync(screenshot)
  } finally {
    rmSync(copy, { force: true })
    rmSync(profile, { recursive: true, force: true, maxRetries: 3 })
  }
}

function run(chromium: string, profile: string, flags: readonly string[]): string {
  // The sandbox needs rights that containers do not give; the page is our own.
  const always = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars']
  const window = `--window-size=${size.width},${size.height}`
  const { stdout } = spawnSync(chromium, [...always, window, `--user-data-dir=${profile}`, ...flags], {
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 28,
  })
  return stdout
}

function dumpOf(dom: string): Seen | undefined {
  const json = /<template id="seen">(\{.*?)<\/template>/s.exec(dom)?.[1]
  return json === undefined ? undefined : (JSON.parse(json) as Seen) // written by the script above
}

function findChromium(): string | undefined {
  if (process.env['CHROMIUM']) return process.env['CHROMIUM']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}
