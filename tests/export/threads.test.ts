import { join } from 'node:path'
import { expect, test } from 'vitest'
import { crossEntropy, hybridize, manualSeed, nn, optim, tensor, variable, type Tensor } from '../../src/index.ts'
import { buildArtefact } from '../../src/export/index.ts'
import { codeOf, exported, temporaryFolder, type Artefact } from './load-artefact.ts'

const folder = temporaryFolder()
const x = tensor(
  Array.from({ length: 16 * 32 }, (_, i) => Math.sin(i)),
  { shape: [16, 32] },
)
const y = tensor(
  Array.from({ length: 16 }, (_, i) => i % 10),
  { dtype: 'int32' },
)

test.each(['files', 'single'] as const)('%s: two threads train to the bits of one', async (format) => {
  manualSeed(5)
  const net = nn.sequential(nn.linear(32, 48), nn.relu(), nn.linear(48, 10))
  const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
  const trainStep = hybridize((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  const options = { name: 'step', outDir: join(folder, format), format, inputs: { x, y }, weights: { net, optimizer } }
  const module = await exported(trainStep, { ...options, threads: 2, splitFrom: 100 })
  const threaded = (await module.load()) as Awaited<ReturnType<typeof module.load>> & {
    threads: number
    close: () => void
  } // exported with threads
  const alone = await module.load({ threads: 1 })
  expect(threaded.threads).toBe(2)
  expect(await threaded.selfTest()).toBe(true)
  expect(await alone.selfTest()).toBe(true)
  const given = { x: x.data(), y: y.data() }
  for (let step = 0; step < 30; step++) {
    const loss = trainStep(x, y).item()
    expect([threaded(given), alone(given)]).toEqual([loss, loss])
  }
  expect(threaded.state.save()).toEqual(alone.state.save())
  threaded.close()
  const loss = trainStep(x, y).item()
  expect([threaded(given), alone(given)]).toEqual([loss, loss])
})

test('a check that fails on any thread is the same error, and the state stays', async () => {
  const table = variable(Array.from({ length: 64 }, (_, i) => i))
  const calls = variable(0)
  const f = hybridize((i: Tensor) => {
    calls.add_(1)
    return table.gather(i).mul(2)
  })
  const i = tensor(
    Array.from({ length: 256 }, (_, k) => k % 64),
    { dtype: 'int32' },
  )
  const options = { name: 'f', outDir: join(folder, 'checks'), inputs: { i }, weights: { table, calls } }
  const run = await (await exported(f, { ...options, threads: 2, splitFrom: 1 })).load()
  const wrong = i.data()
  wrong[200] = 64
  for (let call = 0; call < 3; call++) expect(await codeOf(() => run({ i: wrong }))).toBe('INDEX_OUT_OF_RANGE')
  expect(() => run({ i: wrong })).toThrow(/index 64/)
  expect((run as Artefact).state.get('calls')[0]).toBe(0)
  expect(run({ i: i.data() })).toEqual(f(i).data())
})

test('threads are for WebAssembly, and their number has bounds', async () => {
  const f = hybridize((x: Tensor) => x.mul(2))
  for (const wrong of [{ threads: 0 }, { threads: 1.5 }, { threads: 65 }, { threads: 2, format: 'js' as const }])
    expect(await codeOf(() => exported(f, { name: 'f', outDir: folder, inputs: { x }, ...wrong }))).toBe(
      'OPTION_INVALID',
    )
})

test('constants that programs have in common are there once', async () => {
  const table = tensor(Array.from({ length: 2000 }, (_, i) => Math.cos(i)))
  const [f, g] = [hybridize((x: Tensor) => x.add(table)), hybridize((x: Tensor) => x.mul(table))]
  const inputs = { f: [table], g: [table] }
  const bytes = async (threads: number): Promise<number> =>
    (await buildArtefact({ f, g }, { name: 'f', inputs, threads, splitFrom: 1 })).get('f.safetensors')!.length
  expect(await bytes(1)).toBeLessThan(2 * 8000)
  expect(await bytes(2)).toBe(await bytes(1))
})
