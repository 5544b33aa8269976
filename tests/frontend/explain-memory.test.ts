import { expect, test } from 'vitest'
import { configure, hybridize, ones, tensor, zeros, type Tensor } from '../../src/index.ts'
import { matchesGolden } from '../golden.ts'

configure({ hybridize: 'on' })

/** Two kernels, for the second needs both sums. */
function normalise(x: Tensor): Tensor {
  const powers = x.exp()
  return powers.div(powers.sum(1, true).add(powers.sum(0, true)))
}

const fast = hybridize(normalise)
for (let i = 0; i < 2; i++) fast(ones([60, 40]))
const { memory } = fast.explain().specialisations[0]!

test('the planned memory is a table of buffers', () => {
  matchesGolden(String(memory), 'explain/memory.txt')
  expect(String(fast.explain())).toContain(String(memory).split('\n')[1])
})

test('the planned memory is a picture of lifetimes by offset', () => {
  matchesGolden(memory.svg(), 'explain/memory.svg')
})

test('the planned memory is data', () => {
  expect(JSON.parse(JSON.stringify(memory))).toMatchObject({
    byteLength: memory.byteLength,
    kernels: memory.kernels,
    buffers: memory.buffers.map(({ name, byteOffset }) => ({ name, byteOffset })),
  })
  expect(memory.buffers[0]).toMatchObject({ name: 'arg0', kind: 'argument', first: -1 })
  expect(memory.buffers.at(-1)).toMatchObject({ kind: 'result', last: memory.kernels.length })
  expect(memory.buffers.map(({ replaces }) => replaces)).toContain('exp')
})

test('buffers share bytes with each other, or with none', () => {
  for (const { name, sharesWith } of memory.buffers)
    for (const other of sharesWith)
      expect(memory.buffers.find((each) => each.name === other)!.sharesWith, `${other} and ${name}`).toContain(name)
})

test('a page of text shows the largest buffers of a large program', () => {
  const many = hybridize((x: Tensor) => {
    let [sum, h] = [zeros([8, 1]), x]
    for (let i = 0; i < 20; i++) {
      h = h.sub(h.sum(1, true)).tanh()
      sum = sum.add(h.sum(0, true).reshape([8, 1]))
    }
    return [sum, h]
  })
  for (let i = 0; i < 2; i++) many(ones([8, 8]))
  expect(String(many.explain())).toMatch(/\n {4}… and \d+ smaller buffers: all in specialisations\[\]\.memory/)
})

test('names with marks of their own stay text in the picture', () => {
  const odd = hybridize({ 'a<b>&"c"': (x: Tensor) => x.add(1) }['a<b>&"c"'])
  for (let i = 0; i < 2; i++) odd(tensor([1, 2, 3]))
  const picture = odd.explain().specialisations[0]!.memory.svg()
  expect(picture).toContain('<title>a&lt;b&gt;&amp;&quot;c&quot;: ')
  expect(picture).not.toContain('<b>')
})

test('explain counts one of a thing and several', () => {
  const once = hybridize((x: Tensor) => x.add(1))
  for (let i = 0; i < 1; i++) once(tensor([1, 2, 3]))
  const text = String(once.explain())
  expect(text).toContain('1 op traced, 1 after optimization, 1 kernel; 0 states read, 0 written')
  expect(text).toMatch(/compiled in [\d.]+ ms, 1 call\n/)
})
