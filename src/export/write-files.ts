import { exportOptionInvalid } from './errors.ts'
import type { ArtefactFiles } from './artefact.ts'

/** Writes each file under a temporary name first, so that nobody sees half of one. */
export async function writeFiles(outDir: string, files: ArtefactFiles): Promise<string[]> {
  if (typeof outDir !== 'string' || outDir === '') throw exportOptionInvalid('outDir', JSON.stringify(outDir), 'the path of a folder')
  const { mkdir, rename, writeFile } = await import('node:fs/promises')
  const { join } = await import('node:path')
  await mkdir(outDir, { recursive: true })
  const paths = [...files.keys()].map((name) => join(outDir, name))
  const temporary = paths.map((path) => `${path}.${process.pid}.tmp`)
  await Promise.all([...files.values()].map((bytes, i) => writeFile(temporary[i]!, bytes)))
  for (const [i, path] of paths.entries()) await rename(temporary[i]!, path)
  return paths
}
