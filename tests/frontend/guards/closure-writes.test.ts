import { afterEach, expect, test, vi } from 'vitest'
import { closureWrites } from '../../../src/frontend/guards/closure-writes.ts'
import { hybridize, ones, type Tensor } from '../../../src/index.ts'

/** Variables of the enclosing scope that a function changes: compiled calls do not, and somebody says so. */

afterEach(() => vi.restoreAllMocks())
/** Their text matters, which is here as a page or a bundler may have it. */
const written = (text: string): string[] =>
  closureWrites(Object.assign(() => {}, { toString: () => text })).map(({ value }) => value)

test.each<[string, string[]]>([
  ['(x) => { count++; return x }', ['count, changed by count++']],
  ['(x) => { --count; return x }', ['count, changed by --count']],
  ['(x)=>(n+=1,x)', ['n, changed by n+=']],
  ['function f(x) {\n  let y = x\n  last = y\n  return y\n}', ['last, changed by last =']],
  ['async (x) => { a = b = x }', ['a, changed by a =', 'b, changed by b =']],
])('%s', (text, expected) => expect(written(text)).toEqual(expected))

test.each([
  '(x) => { let y = x; y = y.mul(2); return y }',
  '(x) => { x = x.mul(2); return x }',
  '(x, b = 2, { c = 3 } = {}) => { b = 4; c = 5; return x }',
  '(x) => { const { a, b = 2 } = x; let u, v; u = 1; v = 2; return a === b ? u : v >= u }',
  '(x) => { const {\n    a,\n    b\n  } = x\n  b = 1\n  return a\n}',
  '(x) => x.map((y) => { y = 1; return y })',
  '(x) => { for (let i = 0; i < 3; i++) x = x.mul(i); return x }',
  '(x) => { o.p = x; o.q++; this.n += 1; a[0] = 1; return x }',
  '(x) => { made ??= make(); return x.mul(made) }',
  '(x) => { try { return x } catch (e) { e = 1; return e } }',
  "(x) => { log('count++; n = 1') /* n = 2 */; return x }",
  'function f() { [native code] }',
])('nothing in %s', (text) => expect(written(text)).toEqual([]))

test('is warned of once, and listed as frozen', () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  let count = 0
  const fast = hybridize(function step(x: Tensor) {
    count++
    return x.mul(2)
  })
  for (const size of [1, 2, 2]) fast(ones([size]))
  expect(count).toBe(2)
  expect(warned.mock.calls).toEqual([
    [
      '[hybridize] step changes a variable of the enclosing scope: count, changed by count++. Compiled calls do not change it. Make it a tensor variable and assign to it, or return its new value.',
      { type: 'GryphWarning', code: 'CLOSURE_CHANGED' },
    ],
  ])
  expect(fast.explain().specialisations[0]!.frozen).toMatchObject([{ kind: 'closure' }, { kind: 'number', value: '2' }])
})
