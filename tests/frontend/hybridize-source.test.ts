import { expect, test } from 'vitest'
import wabt from 'wabt'
import { add, hybridize, tensor, type Tensor } from '../../src/index.ts'
import { instantiateJs } from '../../src/codegen/js/instantiate.ts'
import { graphPasses } from '../../src/compile/pipeline.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'

const program = (x: Tensor, k: number): Tensor => x.mul(k).exp().sum()
const called = (target: 'wasm' | 'js') => {
  const fast = hybridize(program, { target })
  fast(
    tensor([
      [1, 2],
      [3, 4],
    ]),
    0.5,
  )
  return fast
}

test.each(['wasm', 'js'] as const)('the text of every stage is there, whatever the target (%s)', async (target) => {
  const fast = called(target)
  const ir = fast.source('ir')
  expect(printGraph(parseGraph(ir))).toBe(ir)
  expect(fast.source('kernels')).toContain('kernel ')
  const module = (await wabt()).parseWat('program.wat', fast.source('wat'), { simd: true, relaxed_simd: true } as never) // its types lack newer features
  expect(module.toBinary({}).buffer.byteLength).toBeGreaterThan(100)
  module.destroy()
})

test('the JavaScript is the same for both targets, up to addresses, and is a program', () => {
  const [fromWasm, fromJs] = [called('wasm').source('js'), called('js').source('js')]
  const plain = (text: string): string => text.replaceAll(/\d{3,}/g, '…')
  expect(plain(fromWasm)).toBe(plain(fromJs))
  expect(() => instantiateJs(fromJs)).not.toThrow()
})

test('the graph after each pass is there, from the recording to what the program computes', () => {
  const fold = hybridize((a: number, b: number) => tensor([1, 2]).mul(add(a, b)), { staticArgs: [0, 1] })
  fold(3, 4)
  const [graphs] = fold.graphs()
  const stages = graphs!.passes()
  expect(stages.map(({ pass }) => pass)).toEqual(graphPasses.map(({ name }) => name))
  const folding = stages.find(({ pass, isChanged }) => pass === 'constant-folding' && isChanged)
  expect(String(folding)).toMatch(/^constant-folding:\ngraph[^]*constant\(7\)/)
  expect(stages.filter(({ isChanged }) => !isChanged).map(String)).toContain('dead-code: nothing changed')
  expect(String(stages.at(-1)!.graph)).toBe(String(graphs!.optimized))
  expect(Object.keys(graphs!)).toEqual(['signature', 'traced', 'optimized'])
})
