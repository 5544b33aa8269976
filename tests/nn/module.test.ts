import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf } from './modes.ts'

const { nn } = g

class Net extends nn.Module {
  readonly scale = nn.parameter([1, 2])
  readonly calls = nn.buffer(0, { dtype: 'int32' })
  readonly blocks = [nn.linear(2, 3), nn.linear(3, 2, { bias: false })]
  readonly head = nn.sequential(nn.linear(2, 2), nn.relu())
  readonly constant = g.ones([2])
  forward(x: g.Tensor): g.Tensor {
    return this.head.forward(this.blocks.reduce((value, block) => block.forward(value), x.mul(this.scale)))
  }
}

const names = (module: g.nn.Module): string[] => module.namedParameters().map(([name]) => name)

describe('the structure of a module', () => {
  test('parameters are found in the order of definition, through arrays and parts', () => {
    expect(names(new Net())).toEqual([
      'scale',
      'blocks.0.weight',
      'blocks.0.bias',
      'blocks.1.weight',
      'head.0.weight',
      'head.0.bias',
    ])
  })

  test('buffers are state but no parameters, and other tensors are neither', () => {
    const net = new Net()
    expect(Object.keys(net.stateDict())).toEqual(['scale', 'calls', ...names(net).slice(1)])
  })

  test('modules lists each once, itself first, and children only those directly inside', () => {
    const shared = nn.linear(2, 2)
    const net = nn.sequential(shared, nn.relu(), nn.sequential(shared))
    expect(net.modules().map((module) => module.constructor.name)).toEqual([
      'Sequential',
      'Linear',
      'ReLU',
      'Sequential',
    ])
    expect(net.children()).toEqual([net.layers[0], net.layers[1], net.layers[2]])
    expect(net.namedChildren().map(([name]) => name)).toEqual(['0', '1', '2'])
  })

  test('a shared module gives its parameters once, and its state under both names', () => {
    const shared = nn.linear(2, 2)
    const net = nn.sequential(shared, shared)
    expect(names(net)).toEqual(['0.weight', '0.bias'])
    expect(Object.keys(net.stateDict())).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
  })

  test('a module that refers to the one around it is walked once', () => {
    class Child extends nn.Module {
      readonly weight = nn.parameter(1)
      parent: g.nn.Module | undefined
      forward(x: g.Tensor): g.Tensor {
        return x.mul(this.weight)
      }
    }
    const child = new Child()
    const net = nn.sequential(child)
    child.parent = net
    expect(names(net)).toEqual(['0.weight'])
    expect(net.modules()).toHaveLength(2)
  })

  test('a module prints as its structure', () => {
    const net = nn.sequential(
      nn.flatten(),
      nn.linear(4, 3),
      nn.sequential(nn.dropout(0.25), nn.tanh()),
      nn.linear(3, 1, { bias: false }),
      nn.sigmoid(),
    )
    expect(String(net)).toBe(`Sequential(
  (0): Flatten()
  (1): Linear(inFeatures=4, outFeatures=3, bias=true)
  (2): Sequential(
    (0): Dropout(p=0.25)
    (1): Tanh()
  )
  (3): Linear(inFeatures=3, outFeatures=1, bias=false)
  (4): Sigmoid()
)`)
  })

  test('zeroGrad clears every gradient', () => {
    const net = new Net()
    net
      .forward(g.ones([1, 2]))
      .sum()
      .backward()
    expect(net.parameters().every(({ grad }) => grad !== null)).toBe(true)
    net.zeroGrad()
    expect(net.parameters().every(({ grad }) => grad === null)).toBe(true)
  })
})

describe('a state dictionary', () => {
  test('is a copy that restores what it was taken from', () => {
    const net = new Net()
    const x = g.randn([4, 2])
    const saved = net.stateDict()
    const before = net.forward(x).toArray()
    for (const parameter of net.parameters()) g.assign(parameter, parameter.detach().mul(2))
    g.assign(net.calls, g.tensor(7, { dtype: 'int32' }))
    expect(net.forward(x).toArray()).not.toEqual(before)
    expect(net.loadStateDict(saved)).toEqual({ missing: [], unexpected: [] })
    expect(net.forward(x).toArray()).toEqual(before)
    expect(net.calls.item()).toBe(0)
    expect(Object.values(saved).some((tensor) => tensor.requiresGrad || tensor.isVariable)).toBe(false)
  })

  test('goes into another module of the same structure, and the two stay apart', () => {
    const [from, to] = [new Net(), new Net()]
    to.loadStateDict(from.stateDict())
    g.assign(from.scale, g.zeros([2]))
    expect(to.scale.toArray()).toEqual([1, 2])
  })

  test('that does not fit is refused as a whole, with everything that is wrong', () => {
    const net = nn.linear(2, 3)
    const before = net.stateDict()
    const bad = { weight: g.zeros([3, 2]), bais: g.zeros([3]) }
    expect(() => net.loadStateDict(bad)).toThrow(
      "[loadStateDict] the state does not fit: missing 'bias'; unexpected 'bais'; 'weight' is float32 [3, 2], not float32 [2, 3]. Nothing was loaded. Load it into the same structure; { strict: false } ignores missing and unexpected names.",
    )
    expect(codeOf(() => net.loadStateDict({ weight: g.zeros([2, 3]), bias: g.zeros([3], { dtype: 'float64' }) }))).toBe(
      'STATE_DICT_MISMATCH',
    )
    expect(() => net.loadStateDict({ weight: g.zeros([2, 3]), bias: 3 as unknown as g.Tensor })).toThrow(
      "'bias' is number, not a tensor",
    )
    expect(net.weight.toArray()).toEqual(before['weight']!.toArray())
  })

  test('without strict, missing and unexpected names are reported and the rest is loaded', () => {
    const net = nn.linear(2, 1)
    const bias = net.bias!.toArray()
    expect(net.loadStateDict({ weight: g.ones([2, 1]), extra: g.ones([1]) }, { strict: false })).toEqual({
      missing: ['bias'],
      unexpected: ['extra'],
    })
    expect(net.weight.toArray()).toEqual([[1], [1]])
    expect(net.bias!.toArray()).toEqual(bias)
    expect(codeOf(() => net.loadStateDict({ weight: g.ones([1, 2]) }, { strict: false }))).toBe('STATE_DICT_MISMATCH')
  })

  test('may hold views of what it is loaded into', () => {
    const net = nn.linear(2, 2)
    g.assign(
      net.weight,
      g.tensor([
        [1, 2],
        [3, 4],
      ]),
    )
    g.assign(net.bias!, g.tensor([5, 6]))
    net.loadStateDict({ weight: net.weight.detach().transpose(), bias: net.weight.detach().slice([0]) })
    expect(net.weight.toArray()).toEqual([
      [1, 3],
      [2, 4],
    ])
    expect(net.bias!.toArray()).toEqual([1, 2])
  })

  test('loaded between compiled calls is what the next call uses', () => {
    const net = nn.linear(2, 1).hybridize()
    const x = g.ones([1, 2])
    net.forward(x)
    net.loadStateDict({ weight: g.tensor([[2], [3]]), bias: g.tensor([1]) })
    expect(net.forward(x).toArray()).toEqual([[6]])
    expect(net.forward.stats.traces).toBe(1)
  })
})

describe('training mode', () => {
  test('is on at first, and train and eval set it for all parts', () => {
    const net = new Net()
    expect(net.modules().every(({ training }) => training)).toBe(true)
    expect(net.eval()).toBe(net)
    expect(net.modules().some(({ training }) => training)).toBe(false)
    expect(net.train().head.layers[1].training).toBe(true)
  })

  test('specialises a hybridized function, and each of two layers has a guard of its own', () => {
    g.manualSeed(3)
    const [first, second] = [nn.dropout(0.5), nn.dropout(0.5)]
    const f = g.hybridize((x: g.Tensor) => second.forward(first.forward(x)))
    const x = g.ones([64])
    const zerosIn = (t: g.Tensor): number => [...t.data()].filter((value) => value === 0).length
    expect(zerosIn(f(x))).toBeGreaterThan(0)
    first.eval()
    second.eval()
    expect(zerosIn(f(x))).toBe(0)
    second.train()
    expect(Math.max(...f(x).data())).toBe(2)
    expect(f.stats.traces).toBe(3)
    first.train()
    expect(Math.max(...f(x).data(), ...f(x).data(), ...f(x).data())).toBe(4)
    expect(f.stats).toMatchObject({ traces: 3, compiledCalls: 3 })
    expect(f.explain().specialisations[0]!.guards).toContain('Dropout is in evaluation mode')
  })

  test('cannot be switched inside a hybridized function', () => {
    const net = nn.sequential(nn.dropout())
    const f = g.hybridize(function validate(x: g.Tensor) {
      return net.eval().forward(x)
    })
    expect(() => f(g.ones([2]))).toThrow(
      "[eval] validate, which is hybridized, switches a module's training mode, and compiled calls could not do so. Switch before and after the call; each mode gets a program of its own.",
    )
    expect(net.training).toBe(true)
  })
})

describe('module.hybridize', () => {
  test('compiles forward in place, and gives the same bits', () => {
    const net = new Net()
    const x = g.randn([3, 2])
    const expected = net.forward(x).toArray()
    const fast = net.hybridize()
    expect(fast).toBe(net)
    expect([fast.forward(x).toArray(), fast.forward(x).toArray()]).toEqual([expected, expected])
    expect(fast.forward.stats).toMatchObject({ traces: 1, compiledCalls: 1 })
    expect(fast.forward.explain().functionName).toBe('Net.forward')
    expect(names(net)).toEqual(names(new Net()))
  })

  test('again replaces the compiled forward by one with other options', () => {
    const net = nn.linear(2, 2)
    net.hybridize()
    const again = net.hybridize({ target: 'js' })
    again.forward(g.ones([1, 2]))
    expect(again.forward.explain().target).toBe('js')
    expect(again.forward.stats.traces).toBe(1)
  })

  test('a hybridized module trains inside an eager loop with the gradients of an eager one', () => {
    const build = (): g.nn.Sequential => nn.sequential(nn.linear(3, 4), nn.tanh(), nn.dropout(0.3), nn.linear(4, 1))
    g.manualSeed(5)
    const eager = build()
    const fast = build()
    fast.loadStateDict(eager.stateDict())
    fast.hybridize()
    const x = g.randn([8, 3])
    for (let i = 0; i < 3; i++) {
      const gradients = [eager, fast].map((net) => {
        g.manualSeed(100 + i)
        net.zeroGrad()
        const loss = net.forward(x).square().mean()
        loss.backward()
        return [loss.item(), ...net.parameters().map(({ grad }) => grad!.toArray())]
      })
      expect(gradients[1]).toEqual(gradients[0])
    }
  })
})
