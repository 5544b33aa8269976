import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const folder = fileURLToPath(new URL('goldens', import.meta.url))
// A golden that changes on its own in CI would pass whatever the code does.
const updating = process.env['UPDATE_GOLDENS'] === '1' && !process.env['CI']

/**
 * Asserts that `actual` is the text of `tests/goldens/<path>`; a line break at the end does not count.
 * `UPDATE_GOLDENS=1 npm test` writes the file instead, outside CI.
 */
export function matchesGolden(actual: string, path: string): void {
  const file = join(folder, path)
  const text = actual.endsWith('\n') ? actual : `${actual}\n`
  if (updating) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  if (!existsSync(file)) {
    expect.fail(
      `tests/goldens/${path} does not exist. Write it with UPDATE_GOLDENS=1 npm test, read it, and commit it.\n\n${text}`,
    )
  }
  expect(text, `tests/goldens/${path}`).toBe(readFileSync(file, 'utf8').replaceAll('\r\n', '\n'))
}
