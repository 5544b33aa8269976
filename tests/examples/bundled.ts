import { spawnSync } from 'node:child_process'
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../scripts/bundle.mjs'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A temporary project of ES modules that finds the installed packages. The caller removes it. */
export function programFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gryph-program-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  return folder
}

/** Bundles entries of the repository with src/ in the place of the package, to `<folder>/<path>.mjs`. */
export const bundleWithSource = (entryPoints: readonly string[], folder: string): Promise<void> =>
  bundle({ entryPoints, outdir: folder, gryph: join(root, 'src/index.ts') })

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

export function runNode(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Outcome {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  return { stdout, stderr, status }
}
