import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  crossEntropy,
  data,
  dropout,
  forLoop,
  hybridize,
  manualSeed,
  nn,
  optim,
  randn,
  tensor,
  variable,
  whileLoop,
  type Tensor,
} from '../../src/index.ts'
import type { ExportOptions } from '../../src/export/index.ts'
import { exported, temporaryFolder, type Elements } from './load-artefact.ts'

const folder = temporaryFolder()
let exports = 0
const outDir = (): string => join(folder, String(exports++))
const formats: readonly NonNullable<ExportOptions['format']>[] = ['files', 'single', 'js']

const x = tensor(
  Array.from({ length: 24 }, (_, i) => Math.sin(i)),
  { shape: [4, 6] },
)
const y = tensor([0, 2, 1, 2], { dtype: 'int32' })

beforeEach(() => manualSeed(7))

/** A small network with its step, and both as hybridized functions. */
function smallNetwork() {
  const net = nn.sequential(nn.linear(6, 5), nn.relu(), nn.linear(5, 3))
  const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
  const predict = hybridize((x: Tensor) => net.forward(x).softmax(-1))
  const trainStep = hybridize((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  return { net, optimizer, predict, trainStep }
}

describe.each(formats)('as %s', (format) => {
  test('predictions and a hundred training steps have the bits of gryph, and the state goes back to it', async () => {
    const { net, optimizer, predict, trainStep } = smallNetwork()
    const weights = { net, optimizer }
    const inputs = { predict: { x }, trainStep: { x, y } }
    const { load } = await exported(
      { predict, trainStep },
      { name: 'small', outDir: outDir(), format, weights, inputs },
    )
    const artefact = await load()
    expect(await artefact.selfTest()).toBe(true)
    const given = { x: x.data(), y: y.data() }
    for (let step = 0; step < 100; step++) expect(artefact['trainStep']!(given)).toBe(trainStep(x, y).item())
    expect(artefact['predict']!(given)).toEqual(predict(x).data())
    const { tensors } = data.readSafetensors(artefact.state.save(), 'saved')
    for (const [name, trained] of Object.entries(net.stateDict()))
      expect(tensors[`net.${name}`]!.data()).toEqual(trained.data())
    for (const [name, state] of Object.entries(optimizer.stateDict()))
      expect(tensors[`optimizer.${name}`]!.data()).toEqual(state.data())
  })
})

test('random numbers go on where they were', async () => {
  const noisy = hybridize((x: Tensor) => dropout(x, 0.5).add(randn([4, 6])))
  const run = await (await exported(noisy, { name: 'noisy', outDir: outDir(), inputs: { x } })).load()
  manualSeed(7)
  noisy(x)
  manualSeed(7)
  for (let call = 0; call < 3; call++) expect(run({ x: x.data() })).toEqual(noisy(x).data())
  expect(run.state.entries.map(({ name }) => name)).toEqual(['random'])
})

test('control flow, state and structured arguments and results are exported', async () => {
  const count = variable(0, { dtype: 'int32' })
  const f = hybridize(({ points, scale }: { points: Tensor[]; scale: number }) => {
    const [a, b] = points as [Tensor, Tensor]
    const halved = whileLoop(
      (v: Tensor) => v.sum().greater(1),
      (v: Tensor) => v.mul(0.5),
      a,
    )
    const summed = forLoop(0, 3, (i: Tensor, v: Tensor) => v.add(b.mul(i)), b)
    count.add_(1)
    return { halved, summed: [summed.mul(scale), scale], total: summed.sum(), text: 'done' }
  })
  const [a, b] = [tensor([3, 4]), tensor([1, -2])]
  const { load } = await exported(f, { name: 'loops', outDir: outDir(), inputs: [{ points: [a, b], scale: 2 }] })
  const run = await load()
  const eager = f.eager({ points: [a, b], scale: 1.5 })
  const given = { points: [a.data(), { data: b.data(), shape: [2] }], scale: 1.5 }
  expect(run(given)).toEqual({
    halved: eager.halved.data(),
    summed: [(eager.summed[0] as Tensor).data(), 1.5],
    total: eager.total.item(),
    text: 'done',
  })
})

test('float64 programs call the host for transcendental functions', async () => {
  const f = hybridize((x: Tensor) => x.exp().add(x.sin()).tanh())
  const wide = tensor([0.1, 0.2, -3], { dtype: 'float64' })
  for (const format of formats) {
    const run = await (await exported(f, { name: 'wide', outDir: outDir(), format, inputs: { x: wide } })).load()
    expect(run({ x: wide.data() })).toEqual(f(wide).data())
    expect(await run.selfTest()).toBe(true)
  }
})

test('several forms of one function are one entry point, chosen by sizes', async () => {
  const f = hybridize((x: Tensor) => x.mul(2).sum())
  for (const size of [2, 3]) f(tensor(Array<number>(size).fill(1)))
  const run = await (await exported(f, { name: 'sizes', outDir: outDir() })).load()
  const elements = (size: number): Elements => new Float32Array(size).fill(1)
  const parameter = /^\(?(\w+)/.exec(String(f.eager))![1]!
  expect([2, 3].map((size) => run({ [parameter]: elements(size) }))).toEqual([4, 6])
})

test('instances have states of their own, and reset puts one back', async () => {
  const total = variable(0)
  const add = hybridize((x: Tensor) => {
    total.add_(x.sum())
    return total.mul(1)
  })
  const { load, loadSync } = await exported(add, {
    name: 'add',
    outDir: outDir(),
    format: 'single',
    inputs: { x },
    weights: { total },
  })
  const [first, second] = [await load(), loadSync()]
  const given = { x: new Float32Array(24).fill(1) }
  expect([first(given), first(given), second(given)]).toEqual([24, 48, 24])
  first.reset()
  expect([first.state.get('total')[0], first(given), total.item()]).toEqual([0, 24, 0])
  second.state.load(first.state.save())
  expect(second(given)).toBe(48)
})
