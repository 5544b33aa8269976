import { afterEach, describe, expect, test, vi } from 'vitest'
import { configure, hybridize, nn, ones, optim, tensor, type Tensor } from '../../../src/index.ts'

/** Fields of objects that a function reads: what has changed there since the recording is never stale. */

const x = tensor([1, 2, 3])
const values = (t: Tensor): unknown => t.toArray()
const warnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
const codes = (spy: ReturnType<typeof warnings>): unknown[] =>
  spy.mock.calls.map(([, options]) => (options as { code?: string }).code)
afterEach(() => vi.restoreAllMocks())

class Scale extends nn.Module {
  by = 2
  readonly options = { shift: 1, names: ['a'] }
  layers: nn.Layer[] = [nn.relu()]
  forward(input: Tensor): Tensor {
    const scaled = input.mul(this.by).add(this.options.shift)
    return this.layers.reduce((value, layer) => layer.forward(value), scaled)
  }
}

describe.each(['its own', 'a closure’s'])('a module that is %s', (whose) => {
  const made = (): { module: Scale; fast: (input: Tensor) => Tensor; traces: () => number } => {
    const module = new Scale()
    if (whose === 'its own') {
      const stats = module.hybridize().forward.stats
      return { module, fast: (input) => module.forward(input), traces: () => stats.traces }
    }
    const fast = hybridize((input: Tensor) => module.forward(input))
    return { module, fast, traces: () => fast.stats.traces }
  }

  test('may have a number changed in it', () => {
    const { module, fast, traces } = made()
    expect(values(fast(x))).toEqual([3, 5, 7])
    module.by = 10
    expect([values(fast(x)), values(fast(x))]).toEqual([
      [11, 21, 31],
      [11, 21, 31],
    ])
    module.by = 2
    expect([values(fast(x)), traces()]).toEqual([[3, 5, 7], 2])
  })

  test('may have a number changed in an object that it holds', () => {
    const { module, fast } = made()
    fast(x)
    module.options.shift = 0
    expect(values(fast(x))).toEqual([2, 4, 6])
  })

  test('may have a layer replaced, added and removed', () => {
    const { module, fast } = made()
    const negate = new (class extends nn.Module {
      forward(input: Tensor): Tensor {
        return input.neg()
      }
    })()
    fast(x)
    module.layers[0] = negate
    expect(values(fast(x))).toEqual([-3, -5, -7])
    module.layers.push(negate)
    expect(values(fast(x))).toEqual([3, 5, 7])
    module.layers = []
    expect(values(fast(x))).toEqual([3, 5, 7])
  })

  test('is not recorded again for fields that the function does not read', () => {
    const { module, fast, traces } = made()
    fast(x)
    Object.assign(module, { note: 'later' })
    module.options.names.push('b')
    fast(x)
    expect(traces()).toBe(1)
  })
})

test('A parameter that is replaced by another one is used', () => {
  const layer = nn.linear(3, 1, { bias: false }) as { -readonly [K in keyof nn.Linear]: nn.Linear[K] }
  const fast = hybridize((input: Tensor) => layer.forward(input))
  fast(x)
  layer.weight = nn.parameter([[1], [10], [100]])
  expect(values(fast(x))).toEqual([321])
})

test('A hyperparameter of an optimizer that is changed is used', () => {
  const w = nn.parameter([1])
  const optimizer = optim.adam([w], { lr: 0 })
  const step = hybridize(() => {
    w.sum().backward()
    optimizer.step()
  })
  step()
  optimizer.groups[0]!.set({ weightDecay: 0.5 })
  step()
  expect(step.explain().specialisations[0]!.because).toEqual([
    { kind: 'setting', subject: 'options of adam', was: 'weightDecay 0', now: 'weightDecay 0.5' },
  ])
})

test('The fields of this and of an argument that is an instance are watched', () => {
  class Options {
    factor = 2
  }
  const fast = hybridize(function (this: { shift: number }, input: Tensor, options: Options) {
    return input.mul(options.factor).add(this.shift)
  })
  const [self, options] = [{ shift: 1 }, new Options()]
  expect(values(fast.call(self, x, options))).toEqual([3, 5, 7])
  self.shift = 0
  expect(values(fast.call(self, x, options))).toEqual([2, 4, 6])
  options.factor = 5
  expect(values(fast.call(self, x, options))).toEqual([5, 10, 15])
  expect(fast.explain().specialisations.map(({ because }) => because)).toEqual([
    [{ kind: 'field', subject: 'argument 1.factor', was: '2', now: '5' }],
    [{ kind: 'field', subject: 'this.shift', was: '1', now: '0' }],
    [],
  ])
})

describe('A field that the function changes', () => {
  test('has at every call what it has in eager mode', () => {
    class Switch extends nn.Module {
      isOn = false
      last = ''
      forward(input: Tensor): Tensor {
        this.isOn = !this.isOn
        this.last = this.isOn ? 'on' : 'off'
        return this.isOn ? input.neg() : input.mul(1)
      }
    }
    const [eager, compiled] = [new Switch(), new Switch()]
    const fast = hybridize((input: Tensor) => compiled.forward(input))
    for (let i = 0; i < 6; i++) {
      expect(values(fast(x))).toEqual(values(eager.forward(x)))
      expect([compiled.isOn, compiled.last]).toEqual([eager.isOn, eager.last])
    }
    expect(fast.stats.traces).toBeLessThan(5)
  })

  test('counts on, with a warning that names the field and the line', () => {
    const spy = warnings()
    const counter = { steps: 0 }
    const fast = hybridize(function count(this: { steps: number }, input: Tensor) {
      this.steps++
      return input.mul(this.steps)
    })
    for (let i = 1; i <= 6; i++) expect(values(fast.call(counter, ones([1])))).toEqual([i])
    expect([counter.steps, codes(spy)]).toEqual([6, ['FIELD_CHANGED']])
    expect(spy.mock.calls[0]![0]).toMatch(
      /^\[hybridize\] count changes this\.steps itself at .*fields\.test\.ts:\d+:\d+ \(3 → 4\)|\(2 → 3\)/,
    )
  })

  test('may hold a tensor of constants that is made once', () => {
    const layer = { mask: undefined as Tensor | undefined }
    const fast = hybridize(function (this: typeof layer, input: Tensor) {
      this.mask ??= ones([3]).mul(2)
      return input.mul(this.mask)
    })
    for (let i = 0; i < 4; i++) expect(values(fast.call(layer, x))).toEqual([2, 4, 6])
    expect([values(layer.mask!), fast.stats.compiledCalls]).toEqual([[2, 2, 2], 2])
  })

  test('and that holds a tensor of the call is an error when it is used', () => {
    const cell = { hidden: ones([3]) }
    const fast = hybridize(function (this: typeof cell, input: Tensor) {
      this.hidden = this.hidden.add(input)
      return this.hidden.sum()
    })
    fast.call(cell, x)
    expect(() => fast.call(cell, x)).toThrow('compiled calls keep no intermediate values')
  })
})

describe('Items that a function changes are changed by compiled calls too:', () => {
  const make = () => ({
    list: [1, 2, 3],
    bytes: Uint8Array.of(1, 2),
    map: new Map([['a', 1]]),
    set: new Set([1]),
    n: 0,
  })
  type Held = ReturnType<typeof make>
  test.each<[string, (held: Held) => number]>([
    ['an array that is reversed', ({ list }) => list.reverse()[0]!],
    ['an array that is pushed to and emptied', ({ list }) => (list.push(1) > 4 ? list.splice(0).length : list.length)],
    ['a typed array', ({ bytes }) => (bytes[0] = 3 - bytes[0]!)],
    ['a map', ({ map }) => map.set('a', 1 - map.get('a')!).get('a')!],
    ['a set', ({ set }) => (set.delete(1) ? 0 : set.add(1).size)],
  ])('%s', (_, change) => {
    const [eager, compiled, verified] = [make(), make(), make()]
    function step(this: Held, input: Tensor): Tensor {
      return input.mul(change(this))
    }
    const [fast, safe] = [hybridize(step), hybridize(step, { verify: 1 })]
    for (let i = 0; i < 16; i++) {
      const expected = values(step.call(eager, x))
      expect([values(fast.call(compiled, x)), compiled]).toEqual([expected, eager])
      expect([values(safe.call(verified, x)), verified]).toEqual([expected, eager])
    }
    expect(fast.stats.compiledCalls).toBeGreaterThan(8)
  })
})

test('A recording leaves objects as they were, accessors, order and properties', () => {
  const fixed = Object.freeze({ a: 1 })
  const self = { z: 1, fixed, a: 2, list: [1] }
  Object.defineProperty(self, 'hidden', { value: 3, configurable: true })
  const before = JSON.stringify(Object.getOwnPropertyDescriptors(self))
  const seen: string[] = []
  const fast = hybridize(function (this: typeof self, input: Tensor) {
    for (const key in this) seen.push(key)
    seen.push(JSON.stringify(this))
    return input.mul(this.a + this.fixed.a)
  })
  fast.call(self, x)
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(self))).toBe(before)
  expect(seen).toEqual(['z', 'fixed', 'a', 'list', '{"z":1,"fixed":{"a":1},"a":2,"list":[1]}'])
  const failing = hybridize(function (this: typeof self) {
    throw new Error('no')
  })
  expect(() => failing.call(self)).toThrow('no')
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(self))).toBe(before)
})

test('Without hybridize nothing is watched', () => {
  configure({ hybridize: 'off' })
  const self = { by: 2 }
  const fast = hybridize(function (this: typeof self, input: Tensor) {
    return input.mul(this.by)
  })
  fast.call(self, x)
  configure({ hybridize: 'on' })
  expect(fast.explain().specialisations).toEqual([])
})
