import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure } from 'gryph'
import { makeContext } from './context.ts'
import type { Example, ModeComparison } from './example.ts'
import type { Figure } from './figure.ts'
import { exampleNames } from './list.ts'
import { reportText } from './report-text.ts'

/** `examples/out`, or what GRYPH_EXAMPLES_OUT says. */
export const outFolder = process.env['GRYPH_EXAMPLES_OUT'] ?? fileURLToPath(new URL('../out', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

// Before the example's file computes anything: Node 20 has relaxed SIMD behind this setting; where there is none, nothing changes.
if (exampleNames.includes(programName(process.argv[1] ?? ''))) configure({ relaxedSimd: 'enable' })

/** What the page knows of one run; `examples/out/<name>.json`. */
export interface RunRecord {
  readonly name: string
  readonly title: string
  readonly section: string
  readonly about: string
  /** From the root of the repository. */
  readonly source: string
  readonly figures: readonly Figure[]
  readonly pictures: readonly { readonly file: string; readonly alt: string }[]
  readonly comparisons: readonly ModeComparison[]
  readonly text: string
}

/**
 * Runs an example if its file is the program that was started: prints its figures, and writes pictures and a record to `examples/out`.
 * Does nothing when the file is imported.
 */
export async function runAlone(example: Example, url: string): Promise<void> {
  const source = fileURLToPath(url)
  if (programName(process.argv[1] ?? '') !== programName(source)) return
  const lines: string[] = []
  const print = (text: string): void => {
    lines.push(text)
    console.log(text)
  }
  console.log(`${example.title}\n`)
  const { figures, pictures, comparisons } = await example.run(makeContext({ args: process.argv.slice(2), print }))

  mkdirSync(outFolder, { recursive: true })
  const isOfExample = (file: string): boolean => file.startsWith(`${example.name}.`)
  for (const file of readdirSync(outFolder))
    if (file.endsWith('.svg') && isOfExample(file)) rmSync(join(outFolder, file))
  const written = pictures.map(({ key, alt, svg }) => {
    const file = `${[example.name, ...(key === '' ? [] : [key])].join('.')}.svg`
    writeFileSync(join(outFolder, file), svg)
    return { file, alt }
  })
  const { name, title, section, about } = example
  const record: RunRecord = {
    name,
    title,
    section,
    about,
    source: relative(root, source).replaceAll('\\', '/'),
    figures,
    pictures: written,
    comparisons,
    text: lines.join('\n'),
  }
  writeFileSync(join(outFolder, `${name}.json`), `${JSON.stringify(record, undefined, 2)}\n`)
  console.log(reportText(record, relative(process.cwd(), outFolder)))
  if (figures.some(({ isRight }) => !isRight) || comparisons.some(({ different }) => different.length > 0))
    process.exitCode = 1
}

/** `lenet` for `examples/lenet.ts`, `build/examples/lenet.mjs` and `examples/lenet/main.ts`. */
function programName(path: string): string {
  const name = basename(path, extname(path))
  return name === 'main' ? basename(join(path, '..')) : name
}
