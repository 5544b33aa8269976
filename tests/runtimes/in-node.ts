import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program that prints the report, in the folder of the artefacts. */
export function writeProgram(folder: string, format: string): string {
  const path = join(folder, `run-${format}.mjs`)
  writeFileSync(
    path,
    `import { drive } from './drive.mjs'\nimport * as module from './${format}/net.mjs'\nconsole.log(JSON.stringify(await drive(module)))\n`,
  )
  return path
}

export const inNode = (folder: string, format: string): unknown =>
  JSON.parse(execFileSync(process.execPath, [writeProgram(folder, format)], { encoding: 'utf8' }))
