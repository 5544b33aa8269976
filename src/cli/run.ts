import { UsageError } from './errors.ts'

export const runHelp = `gryph run FILE [ARGUMENT …]

Runs a program; its functions with 'use hybrid' have native control flow rewritten. The same as node --import gryph/register FILE.`

/** Runs a file in this process; what it is given comes after it. */
export async function runFile(
  [file, ...args]: readonly string[],
  importModule: (url: string) => Promise<unknown>,
): Promise<void> {
  if (file === undefined) throw new UsageError('run takes a file: gryph run train.ts.')
  const nodePath = await import('node:path')
  const { pathToFileURL } = await import('node:url')
  const path = nodePath.resolve(file)
  process.argv.splice(1, process.argv.length, path, ...args)
  await importModule(pathToFileURL(path).href)
}
