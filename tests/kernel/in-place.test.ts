import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as k from '../../src/kernel/builder.ts'
import { InPlaceTest } from '../../src/kernel/in-place.ts'
import type { Affine, Buffer, Expr, Kernel, Lanes, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import { overwriteFault } from '../plan/in-place-trace.ts'

const buffer = (name: string): Buffer => ({ name, dtype: 'float32', elementCount: 64 })
const [x, y] = [buffer('x'), buffer('y')]
const [i, j]: LoopIndex[] = [{ name: 'i' }, { name: 'j' }]

const kernelOf = (body: Statement[]): Kernel => ({
  name: 'k',
  reads: [x],
  writes: [y],
  scratch: [],
  body,
  sources: [],
})
const loop = (index: LoopIndex, extent: number, step: number, body: Statement[], parallel?: 'parallel'): Statement => ({
  kind: 'loop',
  index,
  extent,
  step,
  body,
  ...(parallel ? { parallel: true } : {}),
})
const along = (offset: number, ...terms: [LoopIndex, number][]): Affine =>
  k.affine(offset, ...terms.map(([index, stride]) => ({ index, stride })))
const load = (from: Affine, lanes: Lanes = 4, laneStride = 1, valid?: number): Expr =>
  k.load(x, k.at(from), lanes, laneStride, valid)
const store = (to: Affine, value: Expr, count?: number, laneStride = 1): Statement => ({
  kind: 'store',
  buffer: y,
  at: k.at(to),
  value,
  laneStride,
  ...(count === undefined ? {} : { count }),
})
const keep = (name: string, value: Expr): Statement => ({
  kind: 'let',
  variable: { name, type: value.type },
  value,
})

/** Whether y may lie where x does; the answer must not be yes where walking the kernel finds a fault. */
function mayReplace(body: Statement[]): boolean {
  const kernel = kernelOf(body)
  const answer = new InPlaceTest(kernel).canTakeOver(x, y)
  if (answer) expect(overwriteFault(kernel, x, y)).toBeUndefined()
  return answer
}

describe('an output may lie where an input does', () => {
  it('when each vector is stored where it was loaded', () => {
    expect(mayReplace([loop(i!, 64, 4, [store(along(0, [i!, 1]), load(along(0, [i!, 1])))])])).toBe(true)
  })

  it('when two vectors of one pass are apart, in whatever order', () => {
    const at = (offset: number): Affine => along(offset, [i!, 1])
    expect(mayReplace([loop(i!, 64, 8, [store(at(0), load(at(0))), store(at(4), load(at(4)))])])).toBe(true)
    expect(
      mayReplace([loop(i!, 64, 8, [keep('t', load(at(4))), store(at(0), load(at(0))), store(at(4), load(at(4)))])]),
    ).toBe(true)
  })

  it('when a tail stores its own lanes only', () => {
    const at = along(0, [i!, 1])
    const main = loop(i!, 60, 4, [store(at, load(at))])
    expect(mayReplace([main, store(along(60), load(along(60), 4, 1, 3), 3)])).toBe(true)
  })

  it('when all of it is read before a store to a computed address', () => {
    const copy = loop(i!, 64, 4, [store(along(0, [i!, 1]), load(along(0, [i!, 1])))], 'parallel')
    const somewhere: Statement = {
      kind: 'store',
      buffer: y,
      at: k.at(along(0, [j!, 1]), k.i32(3)),
      value: k.f32(1),
      laneStride: 0,
    }
    const block = loop(j!, 8, 1, [somewhere], 'parallel')
    expect(mayReplace([copy, { kind: 'barrier' }, block])).toBe(true)
    expect(mayReplace([copy, block])).toBe(false)
    expect(mayReplace([block, { kind: 'barrier' }, copy])).toBe(false)
    expect(mayReplace([loop(i!, 8, 1, [store(along(0, [i!, 1]), load(along(0, [i!, 1]))), somewhere])])).toBe(false)
  })

  it('when rows are read as a whole before they are written', () => {
    const pass = [
      loop(j!, 16, 4, [keep('t', load(along(0, [i!, 16], [j!, 1])))]),
      loop(j!, 16, 4, [store(along(0, [i!, 16], [j!, 1]), load(along(0, [i!, 16], [j!, 1])))]),
    ]
    expect(mayReplace([loop(i!, 4, 1, pass)])).toBe(true)
    expect(mayReplace([loop(i!, 4, 1, pass, 'parallel')])).toBe(true)
  })

  it('when tiles of rows and panels of columns read what they store', () => {
    const at = (r: number, v: number): Affine => along(16 * r + 4 * v, [i!, 16], [j!, 1])
    const tile = [0, 1].flatMap((r) => [0, 1].map((v) => store(at(r, v), load(at(r, v)))))
    expect(mayReplace([loop(i!, 4, 2, [loop(j!, 16, 8, tile)], 'parallel')])).toBe(true)
  })

  it('when threads meet between reading and writing', () => {
    const at = along(0, [i!, 1])
    const reading = loop(i!, 64, 4, [keep('t', load(at))], 'parallel')
    const writing = loop(j!, 64, 4, [store(along(0, [j!, 1]), k.f32(0, 4))], 'parallel')
    expect(mayReplace([reading, { kind: 'barrier' }, writing])).toBe(true)
    expect(mayReplace([reading, writing])).toBe(false)
  })
})

describe('an output may not lie where an input does', () => {
  it('when it is in another order', () => {
    const body = [store(along(60, [i!, -1]), load(along(0, [i!, 1])))]
    expect(mayReplace([loop(i!, 64, 4, body)])).toBe(false)
    const swapped = [store(along(0, [i!, 8], [j!, 1]), load(along(0, [j!, 8], [i!, 1]), 1, 0), undefined, 0)]
    expect(mayReplace([loop(i!, 8, 1, [loop(j!, 8, 1, swapped)])])).toBe(false)
  })

  it('when a neighbour is read after it was written', () => {
    expect(mayReplace([loop(i!, 60, 4, [store(along(4, [i!, 1]), load(along(0, [i!, 1])))])])).toBe(false)
    expect(mayReplace([loop(i!, 60, 4, [store(along(1, [i!, 1]), load(along(0, [i!, 1])))])])).toBe(false)
  })

  it('when a later pass over the row reads it again', () => {
    const at = along(0, [i!, 16], [j!, 1])
    const pass = [loop(j!, 16, 4, [store(at, load(at))]), loop(j!, 16, 4, [keep('t', load(at))])]
    expect(mayReplace([loop(i!, 4, 1, pass)])).toBe(false)
  })

  it('when rows read the same elements', () => {
    const body = [store(along(0, [i!, 4]), load(along(0)))]
    expect(mayReplace([loop(i!, 16, 1, body)])).toBe(false)
  })

  it('when an address is computed', () => {
    const gathered = k.load(x, k.at(along(0), k.i32(3)), 1, 0)
    expect(mayReplace([store(along(0), gathered, undefined, 0)])).toBe(false)
  })
})

describe('any answer of yes', () => {
  /** A few accesses in nested loops over at most 64 elements, with strides that often meet. */
  const stride = fc.constantFrom(0, 1, 1, 2, 4, 8, 8, 16, -1)
  const access = fc.record({ offset: fc.nat(12), along: fc.tuple(stride, stride), lanes: fc.constantFrom(1, 2, 4) })
  const drawn = fc.record({
    extents: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    step: fc.constantFrom(1, 2, 4),
    isParallel: fc.boolean(),
    isSame: fc.boolean(),
    statements: fc.array(fc.record({ access, level: fc.nat(3), isStore: fc.boolean() }), {
      minLength: 2,
      maxLength: 5,
    }),
  })

  it('is borne out by walking the kernel', () => {
    let [yes, no] = [0, 0]
    fc.assert(
      fc.property(drawn, ({ extents, step, isParallel, isSame, statements }) => {
        const common = statements[0]!.access
        const levels: Statement[][] = [[], [], [], []]
        statements.forEach(({ access: own, level, isStore }, n) => {
          const { offset, along: strides, lanes } = isSame ? { ...common, offset: common.offset + (n % 2) * 4 } : own
          const at = along(
            offset + 24,
            ...(level > 0 && level < 3 ? ([[i!, strides[0]]] as [LoopIndex, number][]) : []),
            ...(level === 2 ? ([[j!, strides[1]]] as [LoopIndex, number][]) : []),
          )
          const vector = lanes as Lanes // one of 1, 2 and 4
          levels[level]!.push(isStore ? store(at, k.f32(0, vector), undefined, 1) : keep(`t${n}`, load(at, vector, 1)))
        })
        const inner = loop(j!, extents[1] * step, step, levels[2]!)
        const outer = loop(i!, extents[0], 1, [...levels[1]!, inner], isParallel ? 'parallel' : undefined)
        const isYes = mayReplace([...levels[0]!, outer, ...levels[3]!])
        if (isYes) yes++
        else no++
      }),
      { numRuns: 3000 },
    )
    expect(Math.min(yes, no)).toBeGreaterThan(100)
  })

  it('is given where walking the kernel finds no fault in loops that move both alike', () => {
    const nest = fc.record({
      rows: fc.integer({ min: 1, max: 3 }),
      columns: fc.integer({ min: 1, max: 3 }),
      from: fc.nat(3),
      to: fc.nat(3),
    })
    fc.assert(
      fc.property(nest, ({ rows, columns, from, to }) => {
        const at = (v: number): Affine => along(4 * v, [i!, 16 * columns], [j!, 16])
        const body = [
          loop(i!, rows, 1, [loop(j!, columns, 1, [keep('t', load(at(from))), store(at(to), k.f32(0, 4))])]),
        ]
        expect(mayReplace(body)).toBe(overwriteFault(kernelOf(body), x, y) === undefined)
      }),
    )
  })
})
