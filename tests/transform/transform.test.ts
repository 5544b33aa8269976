import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { diagnosticText, transformHybrid } from '../../src/transform/index.ts'
import { matchesGolden } from '../golden.ts'

const samples = readFileSync(fileURLToPath(new URL('samples.js', import.meta.url)), 'utf8')
const transform = (code: string) => transformHybrid(code, { fileName: 'src/model.js' })

test('statements are rewritten where they stand', () => {
  matchesGolden(transform(samples)!.code, 'transform/samples.js.txt')
})

test('what cannot be converted is told with its place, the reason and what to write', () => {
  const texts = transform(samples)!.diagnostics.map((each) => `${each.severity}: ${diagnosticText(each)}`)
  matchesGolden(texts.join('\n'), 'transform/diagnostics.txt')
})

test('modules without hybrid functions are left alone', () => {
  expect(transform(`export const f = (x) => (x > 0 ? x : -x)`)).toBeUndefined()
  expect(transform(`import { hybridize } from 'gryph'\nexport { hybridize }`)).toBeUndefined()
  expect(
    transform(`import { hybridize } from './mine.js'\nexport const f = hybridize((x) => (x ? 1 : 2))`),
  ).toBeUndefined()
  expect(transform(`import { hybridize } from 'gryph'\nexport const f = hybridize((x) => x.mul(2))`)).toBeUndefined()
})

test('functions without the directive come out byte-identical, beside some that have it', () => {
  const [first, second] = [
    `export function one(x) {\n  if (x) return  1 // "odd"   spacing\n  while (x && y) { x-- }\n}\n`,
    `class A { m(x) { for (;;) { if (x) break } } }\n`,
  ]
  const { code } = transform(`${first}function f(x) { 'use hybrid'; if (x) x = 1 }\n${second}`)!
  expect(code.startsWith(first)).toBe(true)
  expect(code).toContain(`\n${second}`)
})

test.each([
  ['by name', `function f(x) { return x ? 1 : 2 }\nexport const g = hybridize(f)`],
  ['as a constant', `const f = (x) => (x ? 1 : 2)\nexport const g = hybridize(f)`],
  ['inline', `export const g = hybridize(function (x) { return x ? 1 : 2 })`],
  ['under another name', `export const g = h((x) => (x ? 1 : 2))`],
  ['from the namespace', `export const g = all.hybridize((x) => (x ? 1 : 2))`],
])('a function that is passed to hybridize %s is transformed', (_how, code) => {
  const head = `import { hybridize, hybridize as h } from 'gryph'\nimport * as all from 'gryph'\n`
  expect(transform(head + code)!.code).toContain('.select(x,')
})

test('methods, getters and functions in functions are transformed with what they are in', () => {
  const { code } = transform(
    `class Net {\n  step(x) { 'use hybrid'; return [1, 2].map((k) => (x.less(k) ? this.a : arguments[0])) }\n}`,
  )!
  expect(code).toContain('.select(x.less(k), () => (__h.read(__free, 0, this.a)), () => (arguments[0])')
})

test('an async function cannot be hybrid, and neither can a whole module', () => {
  const given = transform(`'use hybrid'\nexport async function f(x) {\n  'use hybrid'\n  if (x) await x\n}`)!
  expect(given.diagnostics.map(({ severity, line, column }) => [severity, line, column])).toEqual([
    ['error', 1, 1],
    ['error', 2, 8],
  ])
})

test('a name of the run-time part that is taken gets a number', () => {
  const { code } = transform(`const __h = 1\nexport function f(x) { 'use hybrid'; if (x) x = __h; return x }`)!
  expect(code).toContain('import { hybrid as __h1 } from "gryph"')
})

test('a comment that names the map of the text before is left out, for the new map leads further back', () => {
  const { code } = transform(`function f(x) { 'use hybrid'; if (x) x = 1 }\n//# sourceMappingURL=model.js.map\n`)!
  expect(code).toMatch(/\nimport \{ hybrid as __h \} from "gryph";\n$/)
  expect(code).not.toContain('model.js.map')
})

test('text that is no JavaScript is an error that says so', () => {
  expect(() => transform(`const x: number = 1 // 'use hybrid'`)).toThrow(
    expect.objectContaining({ code: 'TRANSFORM_SYNTAX' }),
  )
  expect(() => transform(`function f(x: Tensor) { 'use hybrid' }`)).toThrow(
    '[transform] src/model.js is no JavaScript module: Unexpected token (1:12). Take types and JSX out before (in Vite and Rollup: plugins that do come first).',
  )
})
