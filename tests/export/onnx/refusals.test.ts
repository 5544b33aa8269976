import { expect, test } from 'vitest'
import { exportOnnx, type ExportOnnxOptions } from '../../../src/export/index.ts'
import { hybridize, nn, optim, rand, randperm, tensor, variable, type Tensor } from '../../../src/index.ts'
import { refusalOf } from '../../data/refusal-of.ts'

const x = tensor([1, 2, 3])
const total = variable(0)
const net = nn.linear(3, 1)
const optimizer = optim.sgd(net.parameters(), { lr: 0.1 })
const first = (of: Tensor): Tensor => of.mul(2)

test.each<[string, (x: Tensor) => unknown, RegExp]>([
  [
    'a write of state',
    (of) => total.add_(of.sum()),
    /changes total at .*refusals\.test\.ts:\d+:\d+, and a model has no/,
  ],
  [
    'a training step',
    (of) => {
      optimizer.zeroGrad()
      const loss = net.forward(of).sum()
      loss.backward()
      optimizer.step()
      return loss
    },
    /changes net\.weight/,
  ],
  ['random numbers', (of) => of.add(rand([3])), /changes random|draws random numbers/],
  ['a permutation', (of) => of.gather(randperm(3)), /changes random|draws random numbers/],
  ['a host read', (of) => (of.sum().item() > 0 ? of : of.neg()), /reads values on the host: item\(\) at .*:\d+/],
  ['an empty result', () => [], /returns nothing/],
  ['a number', () => 5, /returns something that is no tensor/],
  ['a string', (of) => ({ of: of.mul(2), name: 'x' }), /returns something that is no tensor/],
])('%s is refused', async (_, f, message) => {
  const refusal = await refusalOf(() => exportOnnx(hybridize(f), { inputs: [x], weights: { total, net } }))
  expect(refusal.code).toBe('EXPORT_REFUSED')
  expect(refusal.message).toMatch(message)
  expect(refusal.message).toMatch(/^\[exportOnnx\] /)
})

test('a function without a form, or with two, is refused', async () => {
  const f = hybridize(first)
  expect((await refusalOf(() => exportOnnx(f))).code).toBe('EXPORT_NOT_COMPILED')
  expect((await refusalOf(() => exportOnnx(first))).code).toBe('FUNCTION_EXPECTED')
  f(x)
  expect(exportOnnx(f).length).toBeGreaterThan(0)
  f(tensor([1, 2]))
  expect((await refusalOf(() => exportOnnx(f))).message).toMatch(
    /has 2 programs, .*Say which with \{ inputs: \[...\] \}\./,
  )
  expect(exportOnnx(f, { inputs: [x] }).length).toBeGreaterThan(0)
})

test.each<[string, unknown]>([
  ['opset', { opset: 16 }],
  ['opset', { opset: 17.5 }],
  ['colour', { colour: 1 }],
  ['name', { name: 5 }],
  ['weights', { weights: 3 }],
  ['inputs', { inputs: [new Date()] }],
])('an option %s that means nothing is refused', async (name, options) => {
  const refusal = await refusalOf(
    () => exportOnnx(hybridize(first), { inputs: [x], ...(options as ExportOnnxOptions) }), // wrong ones
  )
  expect(refusal.code).toBe('OPTION_INVALID')
  expect(refusal.message).toContain(`[exportOnnx] option ${name}`)
})
