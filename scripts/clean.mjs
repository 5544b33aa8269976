/** Removes the generated folders named on the command line, so that a build never ships a file whose source is gone. */
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const generated = new Set(['dist', 'build'])

for (const folder of process.argv.slice(2)) {
  if (!generated.has(folder))
    throw new Error(`clean: ${folder} is not a generated folder; name ${[...generated].join(' or ')}`)
  rmSync(fileURLToPath(new URL(`../${folder}`, import.meta.url)), { recursive: true, force: true })
}
