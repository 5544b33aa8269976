import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  debug,
  gather,
  grad,
  hybridize,
  nn,
  optim,
  tensor,
  variable,
  type GryphError,
  type HybridizeOptions,
  type Tensor,
} from '../../src/index.ts'

let printed: string[] = []
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
})
afterEach(() => vi.restoreAllMocks())

const x = tensor([1, 2, 3])
const at = (...indices: number[]): Tensor => tensor(indices, { dtype: 'int32' })

function errorOf(call: () => unknown): GryphError | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    return error as GryphError // tests look at its code
  }
}

const forms: readonly (readonly [name: string, options: HybridizeOptions])[] = [
  ['WebAssembly', {}],
  ['JavaScript', { target: 'js' }],
  ['two threads', { threads: 2, splitFrom: 1 }],
  ['kernels without fusion', { withoutPasses: ['fusion'] }],
]

/** What calls print, and the codes of their errors, in order. */
function story(f: (...args: never[]) => unknown, calls: readonly (readonly unknown[])[]): string[] {
  printed = []
  for (const args of calls) {
    const error = errorOf(() => f(...(args as never[]))) // the function's own arguments
    printed.push(error ? error.code : 'done')
  }
  return printed
}

/** A program that prints before, between and after what can fail, and writes state. */
function makeProgram(): (given: Tensor, index: Tensor, rate: number) => Tensor {
  const w = variable([1, 1, 1])
  return (given, index, rate) => {
    debug.print('rate', rate)
    const logs = debug.checkFinite(given.log(), 'logs')
    debug.print(logs)
    assign(w, w.add(logs.mul(rate)))
    const picked = gather(w, index)
    debug.print('picked', picked)
    debug.assert(picked.less(3), 'w stays below 3')
    debug.print('w', w)
    return picked.sum()
  }
}

const calls = [
  [x, at(0, 1), 0.5],
  [x, at(0, 1), 0.25],
  [tensor([1, -1, 3]), at(0, 1), 0.25],
  [x, at(0, 5), 0.25],
  [x, at(0, 2), 9],
  [x, at(2, 2), 0.125],
]

describe.each(forms)('Compiled to %s,', (_, options) => {
  test('prints and failures come in the order of the function', () => {
    // An eager call that fails keeps what it has assigned; so each call has a function of its own.
    const eager = calls.flatMap((args) => story(makeProgram(), [args]))
    expect(eager.filter((line) => /^[A-Z_]+$/.test(line))).toEqual([
      'NOT_FINITE',
      'INDEX_OUT_OF_RANGE',
      'ASSERTION_FAILED',
    ])
    const compiled = calls.flatMap((args) => {
      const fast = hybridize(makeProgram(), options)
      fast(x, at(0, 0), 0) // leaves w as it is
      return story(fast, [args])
    })
    expect(compiled).toEqual(eager)
    const recorded = calls.flatMap((args) => story(hybridize(makeProgram(), options), [args]))
    expect(recorded, 'in the call that is recorded').toEqual(eager)
  })

  test('a call that fails changes no state', () => {
    const w = variable([1, 1, 1])
    const fast = hybridize((given: Tensor) => {
      assign(w, w.add(given))
      debug.assert(w.less(10), 'w stays below 10')
      return w.sum()
    }, options)
    fast(x)
    fast(x)
    expect(errorOf(() => fast(tensor([1, 2, 30])))?.message).toMatch(
      /^\[debug\.assert\] w stays below 10\. The condition is false at \[2\] of shape \[3\]\. In anonymous function at .*debug\.test\.ts:\d+:\d+\.$/,
    )
    expect(w.toArray()).toEqual([3, 5, 7])
  })

  test('the first element that fails is named', () => {
    const many = (...wrong: number[]): Tensor => {
      const elements = new Float32Array(40_000).fill(1)
      wrong.forEach((position) => (elements[position] = position % 2 === 0 ? NaN : -Infinity))
      return tensor(elements, { shape: [200, 200] })
    }
    const fast = hybridize((given: Tensor) => debug.checkFinite(given.mul(2), 'twice').sum(), options)
    fast(many())
    expect(errorOf(() => fast(many(39_999, 30_001)))?.message).toMatch(/twice is -Infinity at \[150, 1\] of shape/)
    expect(errorOf(() => fast(many(202, 39_999)))?.message).toMatch(/twice is NaN at \[1, 2\] of shape/)
  })
})

describe('print', () => {
  test('shows the label, the value and the line of the call', () => {
    debug.print('x', x)
    debug.print(x.sum())
    debug.print('rate', 0.1)
    debug.print('m', tensor([1, 2, 3, 4]).reshape([2, 2]))
    expect(printed[0]).toMatch(/^x = tensor\(\[1\., 2\., 3\.\], dtype=float32\) {2}\(.*debug\.test\.ts:\d+:\d+\)$/)
    expect(printed[1]).toMatch(/^tensor\(6\., dtype=float32\) {2}\(/)
    expect(printed[2]).toMatch(/^rate = 0\.1 {2}\(/)
    expect(printed[3]).toMatch(/^m {2}\(.*:\d+:\d+\)\ntensor\(\[\[1\., 2\.\],\n/)
  })

  test('of a function with a host read comes where the function has it', () => {
    const f = (given: Tensor): number => {
      debug.print('a', given)
      const sum = given.sum().item()
      printed.push('read')
      debug.print('b', given.mul(sum))
      return sum
    }
    const eager = story(f, [[x], [x]])
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    expect(story(hybridize(f), [[x], [x]])).toEqual(eager)
  })

  test('shows what a variable holds at that point, and gradients', () => {
    const make = () => {
      const w = variable([1, 2], { requiresGrad: true })
      const optimizer = optim.sgd([w], { lr: 0.5 })
      return (given: Tensor): void => {
        debug.print('before', w)
        w.mul(given).sum().backward()
        debug.print('gradient', w.grad!)
        optimizer.step()
        debug.print('after', w)
      }
    }
    const given = [[tensor([1, 2])], [tensor([3, 4])], [tensor([5, 6])]]
    expect(story(hybridize(make()), given)).toEqual(story(make(), given))
  })

  test('works in functions that are hybridized inside others, and in those that are differentiated', () => {
    const make = () => {
      const inner = hybridize((given: Tensor) => {
        debug.print('inner', given)
        return given.exp().sum()
      })
      return (given: Tensor): Tensor => {
        debug.print('outer', given.mul(2))
        const gradient = grad(inner)(given)
        debug.print('gradient', gradient)
        return gradient
      }
    }
    expect(story(hybridize(make()), [[x], [x], [x]])).toEqual(story(make(), [[x], [x], [x]]))
  })

  test('costs nothing where it is absent', () => {
    const fast = hybridize((given: Tensor) => given.exp())
    fast(x)
    expect(fast.explain().specialisations[0]).toMatchObject({ tracedNodes: 1, kernels: [{ ops: ['exp'] }] })
  })
})

describe('assert', () => {
  test('takes booleans, also of shapes in a function that is traced', () => {
    const fast = hybridize((given: Tensor) => {
      debug.assert(given.shape[0] === 3, 'three numbers.')
      return given.exp()
    })
    expect(fast(x).shape).toEqual([3])
    expect(errorOf(() => fast(tensor([1, 2])))?.message).toBe('[debug.assert] three numbers. The condition is false.')
    expect(errorOf(() => debug.assert(false))?.code).toBe('ASSERTION_FAILED')
  })

  test('is not removed where nothing needs it, nor where its operand is a constant', () => {
    const fast = hybridize((given: Tensor, limit: number) => {
      debug.assert(given.less(limit))
      return given
    })
    fast(x, 4)
    fast(x, 4)
    expect(errorOf(() => fast(x, 3))?.code).toBe('ASSERTION_FAILED')
    const never = hybridize(() => debug.assert(tensor([1]).greater(2)))
    expect([errorOf(never)?.code, errorOf(never)?.code]).toEqual(['ASSERTION_FAILED', 'ASSERTION_FAILED'])
  })

  test('refuses conditions that are neither', () => {
    expect(errorOf(() => debug.assert(x, 'm'))?.code).toBe('DTYPE_UNSUPPORTED')
    expect(errorOf(() => debug.assert(1 as unknown as boolean))?.code).toBe('NOT_A_TENSOR') // that is the test
  })
})

test('checkFinite gives the tensor back, and takes integers as finite', () => {
  const whole = at(1, 2)
  expect(debug.checkFinite(whole)).toBe(whole)
  expect(debug.checkFinite(x)).toBe(x)
  expect(errorOf(() => debug.checkFinite(tensor([1, Infinity])))?.message).toMatch(
    /^\[debug\.checkFinite\] the tensor is Infinity at \[1\] of shape \[2\]\./,
  )
})

describe('An error in compiled code names the lines that it was called through:', () => {
  test('functions inside the traced one, innermost first', () => {
    function pick(from: Tensor, index: Tensor): Tensor {
      return gather(from, index)
    }
    function forward(from: Tensor, index: Tensor): Tensor {
      return pick(from, index).mul(2)
    }
    const fast = hybridize(function step(from: Tensor, index: Tensor) {
      return forward(from, index).sum()
    })
    fast(x, at(0))
    const place = String.raw`\(.*debug\.test\.ts:\d+:\d+\)`
    expect(errorOf(() => fast(x, at(9)))?.message).toMatch(
      new RegExp(
        String.raw`^\[gather\] index 9 is out of range .* In step at pick ${place}, called from forward ${place}, called from step ${place}\.$`,
      ),
    )
  })

  test('methods of modules, library code between them left out', () => {
    class Model extends nn.Module {
      inner = nn.sequential(nn.linear(3, 3))
      forward(given: Tensor): Tensor {
        return debug.checkFinite(this.inner.forward(given), 'logits')
      }
    }
    const model = new Model()
    const fast = hybridize(function step(given: Tensor) {
      return model.forward(given).sum()
    })
    fast(x)
    expect(errorOf(() => fast(tensor([NaN, 0, 0])))?.message).toMatch(
      /In step at Model\.forward \(.*debug\.test\.ts:\d+:\d+\), called from step \(.*debug\.test\.ts:\d+:\d+\)\.$/,
    )
  })
})
