import { describe, expect, test } from 'vitest'
import { dtypeInfo, type TypedArray } from '../../src/base/dtype.ts'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { CompiledProgram } from '../../src/compile/compiled-program.ts'
import type { CompileOptions } from '../../src/compile/options.ts'
import type { Graph, GraphInput } from '../../src/ir/graph.ts'
import type { Buffer } from '../../src/kernel/ir.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { codeText } from '../../src/compile/linked-code.ts'
import { matchesGolden } from '../golden.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { deviceArena, elementsOf } from '../../src/runtime/arena.ts'

const countdown = `graph(%x: f32[], %n: i32[]) {
  %0, %1 = forLoop(%n, %x) {carried: 1, counted: true} : f32[], i32[]
    region(%pass: i32[], %sum: f32[]) {
      %0 = cast(%pass) {dtype: "float32"} : f32[]
      %1 = add(%sum, %0) : f32[]
      return %1
    }
  return %0, %1
}`

/** Halves a vector until its sum is below a limit. */
const halving = `graph(%x: f32[5], %limit: f32[]) {
  %0, %1 = whileLoop(%x, %limit) {carried: 1, counted: false} : f32[5], i32[]
    region(%pass: i32[], %v: f32[5], %limit: f32[]) {
      %0 = constant(0.5) : f32[]
      %1 = mul(%v, %0) : f32[5]
      return %1
    }
    region(%pass: i32[], %v: f32[5], %limit: f32[]) {
      %0 = sum(%v) {axes: [0], keepDims: false} : f32[]
      %1 = greaterEqual(%0, %limit) : bool[]
      return %1
    }
  return %0, %1
}`

/** Two carried values that change places, and one that stays. */
const swapping = `graph(%a: f32[3], %b: f32[3], %n: i32[]) {
  %0, %1, %2, %3 = forLoop(%n, %a, %b, %a) {carried: 3, counted: true} : f32[3], f32[3], f32[3], i32[]
    region(%pass: i32[], %p: f32[3], %q: f32[3], %r: f32[3]) {
      return %q, %p, %r
    }
  %4 = add(%0, %a) : f32[3]
  return %0, %1, %2, %4
}`

const choosing = `graph(%x: f32[4], %which: i32[]) {
  %0, %1 = switchCase(%which, %x) : f32[4], f32[]
    region(%x: f32[4]) {
      %0 = sum(%x) {axes: [0], keepDims: false} : f32[]
      return %x, %0
    }
    region(%x: f32[4]) {
      %0 = neg(%x) : f32[4]
      %1 = constant(7) : f32[]
      return %0, %1
    }
    region(%x: f32[4]) {
      %0 = mul(%x, %x) : f32[4]
      %1 = max(%0) {axes: [0], keepDims: false} : f32[]
      return %0, %1
    }
  %2 = add(%0, %1) : f32[4]
  return %2
}`

/** A loop in a loop with a branch in it, over matrices that threads divide. */
const nested = `graph(%x: f32[64, 64], %w: f32[64, 64], %n: i32[]) {
  %0, %1 = forLoop(%n, %x, %w) {carried: 1, counted: true} : f32[64, 64], i32[]
    region(%outer: i32[], %v: f32[64, 64], %w: f32[64, 64]) {
      %0 = matmul(%v, %w) : f32[64, 64]
      %1 = constant(3) : i32[]
      %2, %3 = forLoop(%1, %0, %v, %outer) {carried: 1, counted: true} : f32[64, 64], i32[]
        region(%inner: i32[], %u: f32[64, 64], %v: f32[64, 64], %outer: i32[]) {
          %0 = equal(%inner, %outer) : bool[]
          %1 = cond(%0, %u, %v) : f32[64, 64]
            region(%u: f32[64, 64], %v: f32[64, 64]) {
              %0 = tanh(%u) : f32[64, 64]
              return %0
            }
            region(%u: f32[64, 64], %v: f32[64, 64]) {
              %0 = permute(%v) {axes: [1, 0]} : f32[64, 64]
              %1 = add(%u, %0) : f32[64, 64]
              return %1
            }
          return %1
        }
      %4 = constant(0.125) : f32[]
      %5 = mul(%2, %4) : f32[64, 64]
      return %5
    }
  return %0, %1
}`

/** Keeps the carried vector of every pass, and reads rows of it back in a second loop. */
const stacking = `graph(%x: f32[4]) {
  %0 = constant(6) : i32[]
  %1 = constant(0) : f32[6, 4]
  %2, %3, %4 = scan(%0, %x, %1) {carried: 2, counted: true} : f32[4], f32[6, 4], i32[]
    region(%pass: i32[], %v: f32[4], %stack: f32[6, 4]) {
      %0 = constant(2) : f32[]
      %1 = mul(%v, %0) : f32[4]
      %2 = reshape(%v) {shape: [1, 4]} : f32[1, 4]
      %3 = setSlice(%stack, %2, %pass) {axes: [0], starts: [0, 0], steps: [1, 1]} : f32[6, 4]
      return %1, %3
    }
  %5, %6 = scan(%0, %2, %3) {carried: 1, counted: true} : f32[4], i32[]
    region(%pass: i32[], %sum: f32[4], %stack: f32[6, 4]) {
      %0 = constant(5) : i32[]
      %1 = sub(%0, %pass) : i32[]
      %2 = dynamicSlice(%stack, %1) {axes: [0], sizes: [1, 4], starts: [0, 0], steps: [1, 1]} : f32[1, 4]
      %3 = reshape(%2) {shape: [4]} : f32[4]
      %4 = sub(%sum, %3) : f32[4]
      return %4
    }
  return %3, %5
}`

function run(graph: Graph, inputs: Readonly<Record<string, readonly number[]>>, options: CompileOptions): number[][] {
  const none = (input: GraphInput): never => {
    throw new TypeError(`${input.name} is no argument`)
  }
  const program = new CompiledProgram(compileGraph(graph, options), { addressOf: none, elementsOf: none }, options)
  for (const [input, { type, byteOffset }] of program.inputs)
    elementsOf(deviceArena(), type.dtype).set(inputs[input.name]!, byteOffset / dtypeInfo[type.dtype].byteSize)
  expect(program.run()).toBe(0)
  return program.results.map(({ type, byteOffset }) => {
    const first = byteOffset / dtypeInfo[type.dtype].byteSize
    const count = type.shape.reduce((product, size) => product * size, 1)
    const elements: TypedArray = elementsOf(deviceArena(), type.dtype).slice(first, first + count)
    return Array.from(elements)
  })
}

const targets: readonly (readonly [string, CompileOptions])[] = [
  ['WebAssembly', { target: 'wasm', withoutPasses: [] }],
  ['JavaScript', { target: 'js', withoutPasses: [] }],
  ['two threads', { target: 'wasm', withoutPasses: [], threads: 2, splitFrom: 100 }],
  ['no passes', { target: 'wasm', withoutPasses: ['fusion', 'simplify', 'view-sinking', 'control-flow'] }],
]

describe.each(targets)('%s', (_, options) => {
  const compiled = (text: string) => (inputs: Readonly<Record<string, readonly number[]>>) =>
    run(parseGraph(text), inputs, options)

  test('a counted loop gives its carried value and how many passes it made, none included', () => {
    expect(compiled(countdown)({ x: [10], n: [5] })).toEqual([[20], [5]])
    expect(compiled(countdown)({ x: [10], n: [0] })).toEqual([[10], [0]])
  })

  test('a condition is asked before every pass', () => {
    const ones = [1, 1, 1, 1, 1]
    expect(compiled(halving)({ x: ones, limit: [1] })).toEqual([ones.map(() => 0.125), [3]])
    expect(compiled(halving)({ x: ones, limit: [9] })).toEqual([ones, [0]])
  })

  test('carried values that change places do so at once', () => {
    const [a, b] = [
      [1, 2, 3],
      [4, 5, 6],
    ]
    expect(compiled(swapping)({ a, b, n: [3] })).toEqual([b, a, a, [5, 7, 9]])
    expect(compiled(swapping)({ a, b, n: [4] })).toEqual([a, b, a, [2, 4, 6]])
  })

  test('a branch runs the region that its selector names, the nearest one where there is none', () => {
    const choose = (which: number): number[][] => compiled(choosing)({ x: [1, 2, 3, 4], which: [which] })
    expect(choose(0)).toEqual([[11, 12, 13, 14]])
    expect(choose(1)).toEqual([[6, 5, 4, 3]])
    expect(choose(2)).toEqual([[17, 20, 25, 32]])
    expect(choose(-3)).toEqual(choose(0))
    expect(choose(9)).toEqual(choose(2))
  })

  test('a loop writes rows of what it carries, and another reads them', () => {
    const x = [1, 2, 3, 4]
    const rows = Array.from({ length: 6 }, (_each, i) => x.map((element) => element * 2 ** i)).flat()
    expect(compiled(stacking)({ x })).toEqual([rows, x])
  })

  test('regions nest', () => {
    const random = (seed: number): number[] =>
      Array.from({ length: 4096 }, (_each, i) => Math.fround(Math.sin(i * 3.3 + seed) / 8))
    const inputs = { x: random(1), w: random(2), n: [4] }
    const [expected, passes] = run(parseGraph(nested), inputs, { target: 'js', withoutPasses: [] })
    expect(passes).toEqual([4])
    expect(compiled(nested)(inputs)).toEqual([expected, passes])
  })
})

test('an update of a carried value costs what it changes', () => {
  const { plan } = compileGraph(parseGraph(stacking), { target: 'wasm', withoutPasses: [] })
  matchesGolden(plan.kernels.map(printKernel).join('\n'), 'control/stacking.kernels.txt')
})

test('kernels of regions are divided among threads', () => {
  const options = { target: 'wasm', withoutPasses: [], threads: 2, splitFrom: 100 } as const
  expect(compileGraph(parseGraph(nested), options).plan.threads).toMatchObject({ threads: 2 })
})

test.each(['js', 'wat'] as const)('the driver of branches and loops as %s', (kind) => {
  const options: CompileOptions = { target: kind === 'js' ? 'js' : 'wasm', withoutPasses: [] }
  const compiled = compileGraph(parseGraph(halving), options)
  const { plan } = compiled
  const byteOffsets = new Map([...plan.homes.keys()].map((buffer, i) => [buffer, 64 * i]))
  const placementOf = (buffer: Buffer) => ({ kind: 'static', byteOffset: byteOffsets.get(buffer)! }) as const
  // The memory is shared from the first program for threads on.
  const text = codeText(plan, placementOf, options.target).replace(/\(memory 0[^)]*\)/, '(memory 0)')
  matchesGolden(text, `control/halving.${kind}`)
})
