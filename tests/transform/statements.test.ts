import { expect, test } from 'vitest'
import { hybridize, Tensor, tensor } from 'gryph'
import * as transformed from './programs/statements.ts'
import * as untransformed from './programs/statements.ts?plain'
import { dataOf, sameThreeWays, type Program } from './three-ways.ts'

/** By name. */
const statements = { ...transformed }
const plain = { ...untransformed, forRows: statements.forRows } // JavaScript itself cannot go over the rows of a tensor

const vectors = [
  [1, 2],
  [5, 7],
  [-4, 1],
  [0, 0],
  [60, 70],
  [-1, 3],
].map((data) => [tensor(data)])

const matrices = [
  [[1, 2], [3, 4]],
  [[-1, -2], [3, 4]],
  [[1, 1], [30, 40], [1, 2]],
  Array.from({ length: 12 }, (_, i) => [i, i % 3 === 0 ? -20 : 1]),
].map((data) => [tensor(data)]) // prettier-ignore

const calls: Readonly<Record<keyof typeof statements, readonly (readonly unknown[])[]>> = {
  ifElse: vectors,
  onlyIf: vectors,
  conditional: vectors,
  logic: vectors.flatMap(([x]) => [[x, tensor([1, 0])], [x, tensor([0, 0])]]), // prettier-ignore
  whileLoop: [[tensor([1, 2])], [tensor([200, 0])], [tensor([0, 0])]],
  doWhile: vectors.filter(([x]) => x!.data()[0]! >= 0),
  forNumbers: [
    [tensor([1, 2]), 3],
    [tensor([1, 2]), 0],
    [tensor([4, 2]), 7],
  ],
  forRows: matrices,
  breaks: vectors,
  labels: [[tensor([1, 2])], [tensor([2000, 1])], [tensor([30, 40])]],
  earlyReturns: vectors,
  returnsFromLoop: vectors,
  nestedFunctions: [[tensor([1, 2])], [tensor([20, 2])], [tensor([-1, 0.5])]], // the last ends when it overflows, after 129 passes
  objects: [[tensor([1, 2])], [tensor([30, 2])], [tensor([-0.5, 0])]],
  actingTests: vectors,
  switches: vectors,
  remainders: vectors,
  unrolled: vectors.map(([x]) => [x, [tensor([2, 1]), tensor([1, 3]), tensor([2, 2])]]),
}

test.each(Object.keys(calls) as (keyof typeof calls)[])(
  '%s: plain, transformed and compiled agree in every bit',
  (name) => {
    const fast = sameThreeWays(plain[name] as Program, statements[name] as Program, calls[name])
    // One program for each form of arguments: the values in them decide nothing while the call is recorded.
    const forms = new Set(
      calls[name].map((args) => args.map((arg) => String((arg as { shape?: unknown }).shape)).join(';')),
    )
    expect(fast.stats.traces).toBe(forms.size)
  },
)

/** The gradient that everything a function returns gives its first argument. */
function gradientOf(run: Program, [x, ...rest]: readonly unknown[]): unknown {
  const leaf = tensor(x as Tensor, { requiresGrad: true })
  const tensors: Tensor[] = []
  const collect = (value: unknown): void => {
    if (value instanceof Tensor) tensors.push(value)
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
  }
  collect((run as (...args: unknown[]) => unknown)(leaf, ...rest)) // each case has its program's arguments
  const sum = tensors.map((each) => each.square().sum()).reduce((a, b) => a.add(b))
  if (sum.requiresGrad) sum.backward()
  return dataOf(leaf.grad)
}

test.each(Object.keys(calls) as (keyof typeof calls)[])(
  '%s: gradients of transformed and compiled calls agree in every bit',
  (name) => {
    const fast = hybridize(statements[name] as Program) as unknown as Program // called in the same way
    for (const args of calls[name]) {
      const expected = gradientOf(statements[name] as Program, args)
      expect(gradientOf(fast, args)).toEqual(expected)
      expect(gradientOf(fast, args)).toEqual(expected)
    }
  },
)
