import { saveBytes } from '../data/files/save-bytes.ts'
import type { ArtefactFiles } from './artefact.ts'
import { exportOptionInvalid } from './errors.ts'

/** Writes every file whole or not at all. Returns their paths. */
export async function writeFiles(outDir: string, files: ArtefactFiles): Promise<string[]> {
  if (typeof outDir !== 'string' || outDir === '')
    throw exportOptionInvalid('outDir', JSON.stringify(outDir), 'the path of a folder')
  const { mkdir } = await import('node:fs/promises')
  const path = await import('node:path')
  await mkdir(outDir, { recursive: true })
  const paths = [...files.keys()].map((name) => path.join(outDir, name))
  await Promise.all([...files.values()].map((bytes, i) => saveBytes('exportModule', paths[i]!, bytes, 'buildArtefact')))
  return paths
}
