import { hybrid } from 'gryph'
import { transformHybrid } from '../../src/transform/index.ts'

/** The text of a module's transform without its import, and what it was. */
export function transformedText(code: string): string {
  const { code: text } = transformHybrid(code, { fileName: 'program.js' }) ?? { code }
  return text.replace(/\nimport \{ hybrid as __h \} from "gryph";\n$/, '')
}

/** The value of `name` after a script has run, with the run-time part and `given` in scope. */
export function valueIn(script: string, name: string, given: Record<string, unknown> = {}): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is the test's
  const make = new Function('__h', ...Object.keys(given), `'use strict'; ${script}\nreturn ${name}`) as (
    ...args: unknown[]
  ) => unknown // what is made of text has no type
  return make(hybrid, ...Object.values(given))
}
