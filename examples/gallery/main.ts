/**
 * Runs examples, each in a process of its own, and makes a page of what they gave: examples/out/index.html.
 * Run it: `npm run examples`, or `npm run examples -- gradient-descent` for some of them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { exampleNames } from './list.ts'
import { galleryPage } from './page.ts'
import { milliseconds } from './report-text.ts'
import { outFolder, type RunRecord } from './run-alone.ts'
import { checkScreenshot } from './screenshot.ts'

const usage = `npm run examples -- [names] [--screenshot] [-- arguments of the examples]

  names         the examples to run, all of them when there are none; the page shows what the others gave last time
  --screenshot  looks at the page in a headless Chromium: every picture must have loaded, nothing may stick out
  --list        prints the names

Examples: ${exampleNames.join(', ')}`

function main(given: readonly string[]): number {
  const end = given.includes('--') ? given.indexOf('--') : given.length
  const [own, passedOn] = [given.slice(0, end), given.slice(end + 1)]
  const names = own.filter((argument) => !argument.startsWith('--'))
  const unknown = [
    ...names.filter((name) => !exampleNames.includes(name)),
    ...own.filter((argument) => argument.startsWith('--') && !['--screenshot', '--list', '--help'].includes(argument)),
  ]
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(', ')}.\n\n${usage}`)
    return 1
  }
  if (own.includes('--help')) console.log(usage)
  else if (own.includes('--list')) console.log(exampleNames.join('\n'))
  else return runAll(names, passedOn, own.includes('--screenshot'))
  return 0
}

function runAll(names: readonly string[], passedOn: readonly string[], isLookedAt: boolean): number {
  const failed = (names.length === 0 ? exampleNames : names).filter(
    (name) => !runOne(name, passedOn, names.length === 1),
  )
  const page = join(outFolder, 'index.html')
  mkdirSync(outFolder, { recursive: true })
  writeFileSync(page, galleryPage(readRecords()))
  console.log(`\ngallery: ${relative(process.cwd(), page)}`)
  if (failed.length > 0) console.error(`not as expected: ${failed.join(', ')}`)
  const isInOrder = !isLookedAt || checkScreenshot(page)
  return failed.length > 0 || !isInOrder ? 1 : 0
}

/** Whether the example ended well and all its figures are right. */
function runOne(name: string, passedOn: readonly string[], isShown: boolean): boolean {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, [programOf(name), ...passedOn], {
    encoding: 'utf8',
    stdio: isShown ? 'inherit' : 'pipe',
    maxBuffer: 2 ** 28,
  })
  const isRight = status === 0
  if (!isShown)
    console.log(
      `${name.padEnd(28)} ${isRight ? 'ok   ' : 'WRONG'} ${milliseconds(performance.now() - start).padStart(8)}`,
    )
  if (!isShown && !isRight) console.error(`${stdout}\n${stderr}`)
  return isRight
}

/** The bundle of an example, which lies beside this program's folder. */
function programOf(name: string): string {
  const folder = join(process.argv[1] ?? '', '../..')
  const file = join(folder, `${name}.mjs`)
  return existsSync(file) ? file : join(folder, name, 'main.mjs')
}

const readRecords = (): RunRecord[] =>
  exampleNames
    .map((name) => join(outFolder, `${name}.json`))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as RunRecord) // written by runAlone

process.exitCode = main(process.argv.slice(2))
