import { expect, test } from 'vitest'
import { importsOf } from './imports-of.ts'

test.each([
  [`import { a } from './a.ts'`, ['./a.ts']],
  [`import './a.ts'`, ['./a.ts']],
  [`import type { A } from "./a.ts"`, ['./a.ts']],
  [`import a, * as b from './a.ts'`, ['./a.ts']],
  [`import {\n  a, // it's a comment\n  type B,\n} from './a.ts'`, ['./a.ts']],
  [`export * from './a.ts'\nexport { b } from './b.ts'`, ['./a.ts', './b.ts']],
  [`export type {\n  A,\n} from './a.ts'`, ['./a.ts']],
  [`const a = await import('./a.ts')`, ['./a.ts']],
  [`let a: import('./a.ts').A`, ['./a.ts']],
  [`new Worker(new URL('./a.ts', import.meta.url))`, ['./a.ts']],
  [`// import './a.ts'\n/* import './b.ts' */`, []],
  [`export const from = 'a'`, []],
  [`export function f() {\n  return 'from'\n}`, []],
])('%j imports %j', (text, expected) => {
  expect(importsOf(text)).toEqual(expected)
})
