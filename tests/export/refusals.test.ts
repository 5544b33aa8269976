import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { debug, hybridize, nn, tensor, variable, whileLoop, type Tensor } from '../../src/index.ts'
import { buildArtefact } from '../../src/export/index.ts'
import { codeOf, exported, temporaryFolder } from './load-artefact.ts'

const folder = temporaryFolder()
const x = tensor([1, 2, 3])

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'exported',
    (error: Error) => error.message,
  )
}

const refusal = (f: (...args: never[]) => unknown, inputs: readonly Tensor[] = [x]): Promise<string> =>
  messageOf(buildArtefact(hybridize(f), { name: 'refused', inputs }))

test('host reads are refused with their line', async () => {
  const f = (x: Tensor): Tensor => (x.sum().item() > 0 ? x : x.neg())
  expect(await refusal(f)).toMatch(/reads values on the host: item\(\) at .*refusals\.test\.ts:\d+/)
})

test('prints are refused with their line', async () => {
  const f = (x: Tensor): Tensor => {
    debug.print('x', x)
    return x.mul(2)
  }
  expect(await refusal(f)).toMatch(/prints at .*refusals\.test\.ts:\d+/)
})

test('gradients left on variables are refused', async () => {
  const w = nn.parameter([1, 2, 3])
  const f = (x: Tensor): Tensor => {
    const loss = x.mul(w).sum()
    loss.backward()
    return loss
  }
  expect(await refusal(f)).toContain(
    'leaves gradients on 1 variables. Apply them with optimizer.step(), or return them.',
  )
  expect(await codeOf(() => buildArtefact(hybridize(f), { name: 'refused', inputs: [x] }))).toBe('EXPORT_REFUSED')
  expect(w.grad).toBeNull()
})

test('changed fields of objects are refused', async () => {
  class Counter {
    count = 0
    call(x: Tensor): Tensor {
      this.count++
      return x.mul(2)
    }
  }
  const counter = new Counter()
  const f = hybridize((counted: Counter, x: Tensor) => counted.call(x))
  f(counter, x)
  expect(await messageOf(buildArtefact(f, { name: 'fields' }))).toMatch(/changes the field .*count/)
})

test('what was never called and has no inputs, is no hybridized function, or has wrong options is an error', async () => {
  const f = hybridize((x: Tensor) => x.mul(2))
  expect(await codeOf(() => buildArtefact(f, { name: 'f' }))).toBe('EXPORT_NOT_COMPILED')
  expect(await codeOf(() => buildArtefact((x: Tensor) => x.mul(2), { name: 'f' }))).toBe('FUNCTION_EXPECTED')
  for (const options of [{ name: '../f' }, { name: '' }, { name: 'f', format: 'zip' }, { name: 'f', colour: 1 }, null])
    expect(await codeOf(() => buildArtefact(f, options as never))).toBe('OPTION_INVALID')
})

test('making a program for the export changes no state and makes no call', async () => {
  const total = variable(5)
  const f = hybridize((x: Tensor) => total.add_(x.sum()))
  const { calls } = f.stats
  await buildArtefact(f, { name: 'f', inputs: [x] })
  expect([total.item(), f.stats.calls - calls, f.stats.traces]).toEqual([5, 0, 1])
})

test('inputs that do not fit are errors that name them and change nothing', async () => {
  const total = variable(0)
  const f = hybridize((x: Tensor, { scale }: { scale: number }) => {
    total.add_(x.sum().mul(scale))
    return total.mul(1)
  })
  const run = await (
    await exported(f, {
      name: 'inputs',
      outDir: join(folder, 'inputs'),
      inputs: { x, options: { scale: 1 } },
      weights: { total },
    })
  ).load()
  const wrong: readonly unknown[] = [
    undefined,
    null,
    4,
    { x: new Float32Array(3) },
    { x: new Float32Array(4), options: { scale: 1 } },
    { x: new Float64Array(3), options: { scale: 1 } },
    { x: [1, 2, 3], options: { scale: 1 } },
    { x: { data: new Float32Array(3), shape: [1, 3] }, options: { scale: 1 } },
    { x: new Float32Array(3), options: { scale: '1' } },
  ]
  for (const given of wrong) expect(await codeOf(() => run(given))).toMatch(/^ARTEFACT_INPUT_(MISSING|INVALID)$/)
  expect(run.state.get('total')[0]).toBe(0)
})

test('a failed check names what failed and leaves the state as it was', async () => {
  const seen = variable(0)
  const table = variable([1, 2, 3])
  const f = hybridize((i: Tensor) => {
    seen.add_(1)
    return table.gather(i)
  })
  const i = tensor([0, 1], { dtype: 'int32' })
  const run = await (
    await exported(f, { name: 'checked', outDir: join(folder, 'checked'), inputs: { i }, weights: { seen, table } })
  ).load()
  expect(run({ i: Int32Array.of(2, 0) })).toEqual(Float32Array.of(3, 1))
  expect(() => run({ i: Int32Array.of(0, 3) })).toThrow(/index 3 .*axis 0/)
  expect(await codeOf(() => run({ i: Int32Array.of(0, 3) }))).toBe('INDEX_OUT_OF_RANGE')
  expect(run.state.get('seen')[0]).toBe(1)
})

test('a loop that is longer than its gradient has room for is an error of its own', async () => {
  const w = nn.parameter([0.9])
  const step = hybridize((x: Tensor) => {
    const shrunk = whileLoop(
      (v: Tensor) => v.sum().greater(1),
      (v: Tensor) => v.mul(w),
      x,
    )
    shrunk.sum().backward()
    w.assign(w.sub(w.grad!.mul(1e-4)))
    w.grad = null
    return shrunk
  })
  const options = { name: 'loop', outDir: join(folder, 'loop'), inputs: { x: tensor([2]) }, weights: { w } }
  const run = await (await exported(step, options)).load()
  expect(await codeOf(() => run({ x: Float32Array.of(1e8) }))).toBe('ARTEFACT_LOOP_TOO_LONG')
  expect(run.state.get('w')).toEqual(Float32Array.of(0.9))
  expect(run({ x: Float32Array.of(2) })).toEqual(step(tensor([2])).data())
})

test('files of another export, damaged or missing ones, are errors', async () => {
  const w = variable([1, 2, 3])
  const f = hybridize((x: Tensor) => x.mul(w))
  const outDir = join(folder, 'files')
  const module = await exported(f, { name: 'f', outDir, inputs: { x }, weights: { w } })
  const wasm = readFileSync(join(outDir, 'f.wasm'))
  const weights = readFileSync(join(outDir, 'f.safetensors'))
  expect(module.loadSync({ wasm, weights })({ x: x.data() })).toEqual(Float32Array.of(1, 4, 9))
  const damaged = Uint8Array.from(weights)
  damaged[damaged.length - 1]! ^= 1
  expect(await codeOf(() => module.load({ weights: damaged }))).toBe('ARTEFACT_HASH_MISMATCH')
  expect(await codeOf(() => module.loadSync({ wasm, weights: damaged }))).toBe('ARTEFACT_HASH_MISMATCH')
  expect(await codeOf(() => module.loadSync())).toBe('ARTEFACT_FILE_MISSING')
  expect(await codeOf(() => module.load({ wasm: 'no-such.wasm' }))).toBe('ARTEFACT_FILE_MISSING')
  writeFileSync(join(outDir, 'f.wasm'), wasm.subarray(0, 100))
  expect(await codeOf(() => module.load())).toBe('ARTEFACT_HASH_MISMATCH')
})
