/** Packs the built package into a temporary folder and runs publint and attw on that tarball: what npm would publish. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'gryph-pack-'))

/** @param {...string} args */
const npm = (...args) => execFileSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })

try {
  npm('pack', '--silent', '--pack-destination', folder)
  const [tarball] = readdirSync(folder)
  if (tarball === undefined) throw new Error('npm pack wrote no tarball')
  npm('exec', '--', 'publint', '--strict', 'run', join(folder, tarball))
  npm('exec', '--', 'attw', '--profile', 'esm-only', join(folder, tarball))
} catch (error) {
  // The tool that failed has already printed why.
  if (!(error instanceof Error && 'status' in error)) throw error
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
