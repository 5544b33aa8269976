import { execFileSync } from 'node:child_process'
import { describe, expect, test, vi } from 'vitest'
import {
  add,
  assign,
  configure,
  gather,
  GryphError,
  hybridize,
  manualSeed,
  nn,
  oneHot,
  optim,
  rand,
  tensor,
  type Tensor,
  variable,
  zeros,
} from '../../src/index.ts'
import { bitsOf } from './twice.ts'

const index = (i: number): Tensor => tensor([i], { dtype: 'int32' })
const thrownBy = (call: () => unknown): GryphError => {
  try {
    call()
  } catch (error) {
    if (error instanceof GryphError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
/** Line of this file in the first frame of a stack. */
const topLine = (error: Error): string => error.stack!.split('\n').find((line) => line.startsWith('    at '))!

describe.each(['wasm', 'js'] as const)('a failing call (%s)', (target) => {
  /** A training function that fails in the middle where `at` is out of range. */
  function training() {
    manualSeed(3)
    const net = nn.linear(3, 2)
    const optimizer = optim.adam(net.parameters(), { lr: 0.1 })
    const count = variable(0)
    const step = hybridize(
      function step(x: Tensor, at: Tensor) {
        assign(count, count.add(1))
        const noisy = x.add(rand([3]))
        net.forward(noisy).sum().backward()
        optimizer.step()
        net.forward(x).sum().backward()
        return gather(x, at)
      },
      { target },
    )
    const state = (): unknown =>
      bitsOf([net.stateDict(), optimizer.stateDict(), count, net.weight.grad, net.bias!.grad])
    return { step, state }
  }
  const x = tensor([1, 2, 3])

  test('leaves everything as it was when it is the first', () => {
    const { step, state } = training()
    const before = state()
    const error = thrownBy(() => step(x, index(3)))
    expect(error).toMatchObject({
      code: 'INDEX_OUT_OF_RANGE',
      message: '[gather] index 3 is out of range for axis 0 of size 3. Use -3 … 2.',
    })
    expect(topLine(error)).toMatch(/step \(.*hybridize-errors\.test\.ts/)
    expect(state()).toEqual(before)
    expect(step.stats.traces).toBe(0)
  })

  test('leaves everything as it was when it is compiled, and names the function and the line', () => {
    const { step, state } = training()
    step(x, index(0))
    step(x, index(0))
    const before = state()
    const error = thrownBy(() => step(x, index(-4)))
    expect(error.code).toBe('INDEX_OUT_OF_RANGE')
    expect(error.message).toMatch(
      /^\[gather\] index -4 is out of range for axis 0 of size 3\. Use -3 … 2\. In step at .*hybridize-errors\.test\.ts:\d+:\d+\.$/,
    )
    expect(topLine(error)).toContain('hybridize-errors.test.ts')
    expect(state()).toEqual(before)
    step(x, index(2))
    expect(step.stats).toMatchObject({ traces: 2, compiledCalls: 2 })
  })

  test('goes on as if the failure had not been', () => {
    const [a, b] = [training(), training()]
    manualSeed(5)
    for (const i of [0, 1, 2]) a.step(x, index(i))
    manualSeed(5)
    b.step(x, index(0))
    expect(() => b.step(x, index(9))).toThrow('index 9')
    b.step(x, index(1))
    expect(() => b.step(x, index(-9))).toThrow('index -9')
    b.step(x, index(2))
    expect(b.state()).toEqual(a.state())
  })

  test('reports a label out of range', () => {
    const fast = hybridize((labels: Tensor) => oneHot(labels, 3), { target })
    fast(index(2))
    expect(thrownBy(() => fast(index(3)))).toMatchObject({ code: 'LABEL_OUT_OF_RANGE' })
    expect(fast(index(1)).toArray()).toEqual([[0, 1, 0]])
  })
})

test('a result that cannot be made again is an error, and the call leaves nothing behind', () => {
  const w = variable([1])
  const fast = hybridize(function wrapped(x: Tensor) {
    assign(w, x)
    return new Map([['x', x]])
  })
  expect(thrownBy(() => fast(tensor([5]))).code).toBe('RESULT_NOT_REPLAYABLE')
  expect(w.toArray()).toEqual([1])
})

test('a variable made at each call cannot be returned', () => {
  const fast = hybridize((x: Tensor) => variable(x))
  expect(fast(tensor([1])).isVariable).toBe(true) // it may be state that the first call sets up
  expect(thrownBy(() => fast(tensor([2]))).code).toBe('LOCAL_VARIABLE_RETURNED')
})

describe('a tensor of a trace', () => {
  test.each<[string, (keep: (t: Tensor) => void, x: Tensor) => unknown]>([
    [
      'made inside',
      (keep, x) => {
        const y = x.mul(2)
        keep(y)
        return y.sum()
      },
    ],
    [
      'a view made inside',
      (keep, x) => {
        keep(x.reshape([2, 1]))
        return x.sum()
      },
    ],
    [
      'detached from one that is returned',
      (keep, x) => {
        const y = x.mul(2)
        keep(y.detach())
        return y
      },
    ],
    [
      'that another one was detached from',
      (keep, x) => {
        const y = x.mul(2)
        keep(y)
        return y.detach()
      },
    ],
    [
      'that is an argument',
      (keep, x) => {
        keep(x)
        return x.sum()
      },
    ],
  ])('%s cannot be used after the call', (what, fn) => {
    let kept: Tensor | undefined
    const fast = hybridize(function keeper(x: Tensor) {
      return fn((t) => {
        kept = t
      }, x)
    })
    fast(tensor([1, 2]))
    for (const use of [() => kept!.add(1), () => kept!.toArray(), () => kept!.item(), () => String(kept)]) {
      const error = thrownBy(use)
      expect(error.code).toBe('TRACED_TENSOR_ESCAPED')
      expect(error.message).toMatch(
        what === 'that is an argument'
          ? /^\[hybridize\] an argument that keeper kept/
          : /^\[hybridize\] a tensor made inside keeper at .*hybridize-errors\.test\.ts:\d+:\d+ is used/,
      )
      expect(topLine(error)).toContain('hybridize-errors.test.ts')
    }
  })

  test('that is returned can be used, also when it is detached', () => {
    const fast = hybridize((x: Tensor) => [x.mul(2), x.mul(3).detach(), x.detach()])
    for (let i = 0; i < 2; i++)
      expect(fast(tensor([1, 2])).map((t) => t.toArray())).toEqual([
        [2, 4],
        [3, 6],
        [1, 2],
      ])
  })
})

describe('a host read', () => {
  const reads: [string, (x: Tensor) => unknown][] = [
    ['item()', (x) => x.sum().item()],
    ['toArray()', (x) => x.toArray()],
    ['data()', (x) => x.data()[0]],
    ['printing', (x) => String(x)],
    ['toArray()', (x) => JSON.stringify(x)],
  ]
  test.each(reads)('with %s runs the function as JavaScript from then on, and warns once', (what, read) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const fast = hybridize(function reader(x: Tensor) {
      const value = read(x)
      return [value, x.add(1)]
    })
    expect([fast(tensor([1])), fast(tensor([2]))].map((r) => (r[1] as Tensor).item())).toEqual([2, 3])
    expect(fast(tensor([5]))[0]).toEqual(read(tensor([5])))
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]![0]).toMatch(
      new RegExp(
        `^\\[hybridize\\] reader reads a tensor's values with ${what.replace(/[()]/g, '\\$&')} at .*hybridize-errors\\.test\\.ts:\\d+:\\d+, so it runs as JavaScript`,
      ),
    )
    warn.mockRestore()
    expect(fast.stats).toMatchObject({ traces: 0, compiledCalls: 0 })
    expect(fast.explain().hostRead).toMatchObject({ what })
    expect(String(fast.explain())).toContain(`host read: ${what}`)
    expect(thrownBy(() => fast.source('ir'))).toMatchObject({ code: 'NOT_COMPILED' })
  })

  test('is an error with fullGraph, and leaves state alone', () => {
    const count = variable(0)
    const fast = hybridize(
      function reader(x: Tensor) {
        assign(count, count.add(1))
        return x.sum().item()
      },
      { fullGraph: true },
    )
    const error = thrownBy(() => fast(tensor([1])))
    expect(error).toMatchObject({
      code: 'HOST_READ',
      message:
        "[hybridize] reader reads a tensor's values with item(), and fullGraph allows no host read. Return the tensor and read it outside, or leave fullGraph out.",
    })
    expect(topLine(error)).toContain('reader')
    expect(count.item()).toBe(0)
  })

  test('may come with a result of any class', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const fast = hybridize((x: Tensor) => new Map([['sum', x.sum().item()]]))
    expect(fast(tensor([1, 2])).get('sum')).toBe(3)
    warn.mockRestore()
  })
})

describe('number arguments', () => {
  test.each<[string, (x: Tensor, k: number) => unknown, RegExp]>([
    ['compared', (x, k) => (k > 0 ? x : x.neg()), /^\[tensor\] .* list it in staticArgs/],
    [
      'as a size',
      (x, k) => x.reshape([k, -1]),
      /^\[reshape\] a size is a number argument of a hybridized function, which has to be listed in staticArgs/,
    ],
    ['as an axis', (x, k) => x.sum(k), /^\[sum\] the axis is a number argument/],
    ['in JavaScript arithmetic', (x, k) => x.mul(k + 1), /^\[tensor\] .* list it in staticArgs/],
    ['as padding', (x, k) => x.pad(1, k), /^\[pad\] the value is a number argument/],
    ['as a bound of a slice', (x, k) => x.slice([[0, k]]), /^\[slice\] the end for axis 0 is a number argument/],
  ])('%s are an error that names staticArgs', (use, fn, message) => {
    expect(thrownBy(() => hybridize(fn)(tensor([1, 2]), 1)).message).toMatch(message)
    expect(hybridize(fn, { staticArgs: [1] })(tensor([1, 2]), use === 'as a size' ? 2 : 0)).toBeDefined()
  })
})

describe('hybridize switched off', () => {
  test('runs everything eagerly', () => {
    const fast = hybridize((x: Tensor) => x.mul(2))
    fast(tensor([1]))
    configure({ hybridize: 'off' })
    try {
      expect(fast(tensor([3])).toArray()).toEqual([6])
      expect(fast.stats).toMatchObject({ calls: 2, compiledCalls: 0 })
    } finally {
      configure({ hybridize: 'on' })
    }
    fast(tensor([3]))
    expect(fast.stats.compiledCalls).toBe(1)
  })

  const root = new URL('../..', import.meta.url)
  const inChild = (setting: string): string => {
    const script = `import { hybridize, tensor } from './src/index.ts'; const f = hybridize((x) => x.mul(2)); for (let i = 0; i < 3; i++) f(tensor([1])); console.log(JSON.stringify([f.stats.traces, f.stats.compiledCalls]))`
    const code = `import { build } from 'esbuild'; const out = await build({ stdin: { contents: ${JSON.stringify(script)}, resolveDir: '.', loader: 'ts' }, bundle: true, format: 'esm', platform: 'node', write: false, logLevel: 'silent' }); await import('data:text/javascript;base64,' + Buffer.from(out.outputFiles[0].text).toString('base64')).catch((error) => console.log(error.message))`
    return execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: root,
      env: { ...process.env, GRYPH_HYBRIDIZE: setting },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  }
  test('is also an environment variable', () => {
    expect([inChild('off'), inChild('on')]).toEqual(['[0,0]', '[1,2]'])
    expect(inChild('maybe')).toBe(`[configure] GRYPH_HYBRIDIZE: "maybe" is not understood. Use 'on' or 'off'.`)
  })
})

test('a tensor that is no longer valid is an error as an argument of a compiled call', () => {
  const w = variable([1, 2])
  const view = w.reshape([2, 1])
  const fast = hybridize((x: Tensor) => add(x, 1))
  fast(view)
  assign(w, tensor([5, 6]))
  expect(thrownBy(() => fast(view)).code).toBe('STALE_VIEW')
})

test('a function that catches an index out of range is no recording for other indices', () => {
  const table = tensor([1, 2, 3])
  const rowOrZero = (indices: Tensor): Tensor => {
    try {
      return gather(table, indices)
    } catch {
      return zeros([1])
    }
  }
  const [good, bad] = [tensor([2], { dtype: 'int32' }), tensor([9], { dtype: 'int32' })]
  const fast = hybridize(rowOrZero)
  expect([bad, good, bad].map((indices) => fast(indices).toArray())).toEqual([[0], [3], [0]])
  expect(String(fast.explain())).toContain('an error of gather that it catches')
  expect(thrownBy(() => hybridize(rowOrZero, { fullGraph: true })(bad)).code).toBe('HOST_READ')
  expect(thrownBy(() => hybridize((i: Tensor) => gather(table, i), { fullGraph: true })(bad)).code).toBe(
    'INDEX_OUT_OF_RANGE',
  )
})

test('an async function gives its error to the caller alone', async () => {
  const later = hybridize(async (x: Tensor) => {
    const doubled = x.mul(2)
    await Promise.resolve()
    return doubled.sum().item()
  })
  expect(thrownBy(() => later(tensor([1]))).code).toBe('RESULT_NOT_REPLAYABLE')
  await new Promise((resolve) => setTimeout(resolve, 5)) // a rejection that nobody handles would fail the test run
  const steps = hybridize(function* (x: Tensor) {
    yield x.mul(2)
  })
  expect(thrownBy(() => steps(tensor([1]))).message).toContain('a class without name')
})

test('dataAsync in a hybridized function is a host read', async () => {
  const seen: Promise<unknown>[] = []
  const state = variable([0])
  const double = (x: Tensor): Tensor => {
    const doubled = x.mul(2)
    seen.push(
      doubled.dataAsync().then((data) => [...data]),
      state.dataAsync().then((data) => [...data]),
    )
    assign(state, doubled)
    return doubled
  }
  const fast = hybridize(double)
  for (const value of [1, 2]) expect(fast(tensor([value])).toArray()).toEqual([2 * value])
  expect(await Promise.all(seen)).toEqual([[2], [0], [4], [2]])
  expect(fast.stats.compiledCalls).toBe(0)
  seen.length = 0
  expect(thrownBy(() => hybridize(double, { fullGraph: true })(tensor([1]))).code).toBe('HOST_READ')
  expect((await Promise.allSettled(seen)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(state.dataAsync()).resolves.toEqual(Float32Array.of(4))
})
