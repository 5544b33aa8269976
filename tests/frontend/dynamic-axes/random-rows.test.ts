import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, matmul, rand, randn, softmax, tensor, where, type Tensor } from '../../../src/index.ts'
import { sameAtSizes, sharedSizes } from './sizes.ts'

const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)

/** One op of a program: what it does, and two numbers to choose operands by. */
type Op = readonly [kind: number, first: number, second: number]

const makers: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x) => x.tanh(),
  (x) => x.mul(1 / x.shape[0]!),
  (x, y) => (x.shape.length === y.shape.length && x.shape.every((n, i) => n === y.shape[i]) ? x.sub(y) : x.neg()),
  (x) => x.sum(0, true),
  (x) => x.max(0),
  (x) => x.mean(-1, true),
  (x) => softmax(x, 0),
  (x) => (x.shape.length > 1 ? x.transpose() : x.reshape([-1, 1])),
  (x) => (x.shape.length === 2 ? matmul(x.transpose(), x) : x),
  (x) => (x.shape.length === 2 ? matmul(x, x.transpose()) : x),
  (x) => (x.shape.length === 2 ? concat([x, x.mul(2)], 1) : x),
  (x) => x.reshape([-1]),
  (x) => x.slice([[1, null]]),
  (x) => where(x.greater(0), x, rand(x.shape)),
  (x) => x.argmax(0).cast('float32').reshape([-1]),
  (x) => x.prod(0),
]

function program(ops: readonly Op[]): (x: Tensor) => Tensor[] {
  return (x) => {
    const values = [x]
    for (const [kind, first, second] of ops) {
      const [a, b] = [values[first % values.length]!, values[second % values.length]!]
      const made = makers[kind % makers.length]!(a, b)
      if (made.size > 0 && made.size < 40_000 && made.shape.length > 0) values.push(made)
    }
    return [...values.slice(-4), tensor(ops.length)]
  }
}

test(
  'random programs of rows give the bits of eager calls at every size that shares a program',
  { timeout: 60_000 * Math.max(1, factor) },
  () => {
    const op = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99))
    let shared = 0
    const property = fc.property(fc.array(op, { minLength: 1, maxLength: 8 }), (ops) => {
      const fast = sameAtSizes(
        () => ({ fn: program(ops) }),
        (n) => [randn([n, 3])],
        [20, 30, 17, 3, 2, 33, 150],
        {
          dynamicAxes: { 0: [0] },
        },
      )
      shared += sharedSizes(fast).length
    })
    const runs = Math.ceil(10 * factor)
    fc.assert(property, { numRuns: runs, seed })
    expect(shared).toBeGreaterThan(runs)
  },
)
