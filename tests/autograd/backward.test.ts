import { describe, expect, test } from 'vitest'
import {
  assign,
  concat,
  crossEntropy,
  gather,
  grad,
  logSumExp,
  matmul,
  mse,
  noGrad,
  ones,
  softmax,
  stack,
  tensor,
  type Tensor,
  valueAndGrad,
  variable,
  variance,
  where,
} from '../../src/index.ts'

const leaf = (data: number | number[] | number[][]): Tensor => variable(data, { dtype: 'float64', requiresGrad: true })
const codeOf = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

describe('backward', () => {
  test('leaves gradients on leaves, and adds to those that are there', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])]
    const loss = a.mul(b).sum()
    expect([a.grad, b.grad]).toEqual([null, null])
    loss.backward()
    expect([a.grad!.toArray(), b.grad!.toArray()]).toEqual([
      [3, 4],
      [1, 2],
    ])
    loss.backward()
    a.mul(10).sum().backward()
    expect([a.grad!.toArray(), b.grad!.toArray()]).toEqual([
      [16, 18],
      [2, 4],
    ])
    a.grad = null
    a.sum().backward()
    expect(a.grad!.toArray()).toEqual([1, 1])
  })
  test('gives the gradients the dtype and shape of their leaves', () => {
    const bias = variable([1, 2], { requiresGrad: true })
    ones([3, 2]).add(bias).cast('float64').sum().backward()
    expect(bias.grad).toMatchObject({ dtype: 'float32', shape: [2] })
    expect(bias.grad!.toArray()).toEqual([3, 3])
  })
  test('takes a cotangent for a tensor of several elements', () => {
    const a = leaf([1, 2])
    a.mul(3).backward(tensor([1, 10], { dtype: 'float64' }))
    expect(a.grad!.toArray()).toEqual([3, 30])
  })
  test('adds up all ways from a leaf', () => {
    const a = leaf(2)
    const b = a.mul(a)
    b.mul(b).add(a).backward()
    expect(a.grad!.item()).toBe(33)
  })
  test('of a leaf itself is 1', () => {
    const a = leaf(2)
    a.backward()
    expect(a.grad!.item()).toBe(1)
  })
  test('leaves a leaf without a way to the result alone', () => {
    const [a, b] = [leaf(1), leaf(2)]
    a.mul(2).backward()
    expect(b.grad).toBeNull()
  })
  test('goes deep without overflowing the stack', () => {
    const a = leaf(1)
    let y: Tensor = a
    for (let i = 0; i < 20_000; i++) y = y.add(0)
    y.backward()
    expect(a.grad!.item()).toBe(1)
  })
  test('stops at detach and noGrad', () => {
    const a = leaf(3)
    a.mul(a.detach()).backward()
    expect(a.grad!.item()).toBe(3)
    const outside = noGrad(() => a.mul(2))
    expect(outside.requiresGrad).toBe(false)
    expect(noGrad(() => noGrad(() => 1) + a.mul(2).item())).toBe(7)
    expect(a.mul(2).requiresGrad).toBe(true)
  })
  test('gradients themselves need none', () => {
    const a = leaf(3)
    a.mul(a).backward()
    expect(a.grad!.requiresGrad).toBe(false)
  })
  test('noGrad ends where its body throws', () => {
    expect(() =>
      noGrad(() => {
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(leaf(1).mul(2).requiresGrad).toBe(true)
  })
})

test.each<[string, () => unknown]>([
  ['BACKWARD_NOT_SCALAR', () => leaf([1, 2]).mul(2).backward()],
  ['NOT_DIFFERENTIABLE', () => tensor(1).backward()],
  ['NOT_DIFFERENTIABLE', () => noGrad(() => leaf(1).mul(2)).backward()],
  ['NOT_DIFFERENTIABLE', () => leaf(1).greater(0).backward()],
  [
    'COTANGENT_MISMATCH',
    () =>
      leaf([1, 2])
        .mul(2)
        .backward(tensor([1, 2])),
  ],
  ['DTYPE_NOT_DIFFERENTIABLE', () => variable([1], { dtype: 'int32', requiresGrad: true })],
  ['DTYPE_NOT_DIFFERENTIABLE', () => grad((x: Tensor) => x.sum())(tensor([1], { dtype: 'int32' }))],
  ['BACKWARD_NOT_SCALAR', () => grad((x: Tensor) => x.mul(2))(tensor([1, 2]))],
  ['NOT_A_TENSOR', () => grad((x: Tensor) => x.sum().item() as unknown as Tensor)(tensor([1, 2]))], // what JavaScript users may do
  ['NOT_A_TENSOR', () => grad((x: Tensor) => x, { argnums: 1 })(tensor(1))],
  ['FUNCTION_EXPECTED', () => grad(tensor(1) as unknown as () => Tensor)], // as above
  [
    'NOT_A_TENSOR',
    () => {
      leaf(1).grad = 5 as unknown as Tensor
    },
  ], // as above
  [
    'CHANGED_BEFORE_BACKWARD',
    () => {
      const w = leaf([1, 2])
      const loss = w.mul(w).sum()
      assign(w, tensor([3, 4], { dtype: 'float64' }))
      loss.backward()
    },
  ],
])('%s is thrown', (code, call) => expect(codeOf(call)).toBe(code))

test('an update of a variable that no derivative needs does no harm', () => {
  const [w, state] = [leaf([1, 2]), variable([1, 2], { dtype: 'float64' })]
  const loss = w.mul(2).sum()
  assign(state, state.add(1))
  loss.backward()
  expect(w.grad!.toArray()).toEqual([2, 2])
})

describe('grad', () => {
  const x = tensor([1, 2, 3], { dtype: 'float64' })
  test('is the derivative by the first argument, or by those asked for', () => {
    const f = (a: Tensor, b: Tensor, k: number): Tensor => a.mul(b).mul(k).sum()
    const y = x.add(1)
    expect(grad(f)(x, y, 2).toArray()).toEqual([4, 6, 8])
    expect(grad(f, { argnums: 1 })(x, y, 2).toArray()).toEqual([2, 4, 6])
    const [value, [da, db]] = valueAndGrad(f, { argnums: [0, 1] })(x, y, 2)
    expect([value.item(), da!.toArray(), db!.toArray()]).toEqual([40, [4, 6, 8], [2, 4, 6]])
    expect(value.requiresGrad).toBe(false)
  })
  test('leaves no gradients on leaves', () => {
    const w = leaf([1, 2, 3])
    grad((a: Tensor) => a.mul(w).sum())(x)
    grad((a: Tensor) => a.sum())(w)
    expect(w.grad).toBeNull()
  })
  test('is 0 where no way leads from the argument', () => {
    expect(grad(() => tensor(1))(...([x] as unknown as [])).toArray()).toEqual([0, 0, 0]) // an argument that f ignores
  })
  test('can be applied again and again', () => {
    const cube = (a: Tensor): Tensor => a.mul(a).mul(a).sum()
    const second = grad((a: Tensor) => grad(cube)(a).sum())
    const third = grad((a: Tensor) => second(a).sum())
    expect(second(x).toArray()).toEqual([6, 12, 18])
    expect(third(x).toArray()).toEqual([6, 6, 6])
    expect(grad((a: Tensor) => third(a).sum())(x).toArray()).toEqual([0, 0, 0])
  })
  test('works inside what backward differentiates', () => {
    const w = leaf([1, 2, 3])
    grad((a: Tensor) => a.mul(a).mul(w).sum())(w)
      .sum()
      .backward()
    // d/dw (2·w·w) where the two w are one tensor
    expect(w.grad!.toArray()).toEqual([4, 8, 12])
  })
})

/** Composites of several arguments, each checked by all of them. */
const composites: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  softmax: (a, b) => softmax(a).mul(b).sum(),
  'softmax along the first axis': (a, b) => softmax(a, 0).mul(b).sum(),
  logSoftmax: (a, b) => a.logSoftmax().mul(b).sum(),
  logSumExp: (a, b) => logSumExp(a, 1).mul(b.sum(1)).sum(),
  'crossEntropy with labels': (a) => crossEntropy(a, tensor([0, 2], { dtype: 'int32' })),
  'crossEntropy with probabilities': (a, b) => crossEntropy(a, softmax(b)),
  mse: (a, b) => mse(a, b.mul(2)),
  variance: (a, b) => variance(a, 1).mul(b.sum(1)).sum(),
  'variance with correction': (a) => variance(a, 0, false, 1).sum(),
  mean: (a, b) => a.mean(0).mul(b.mean(0)).sum(),
  max: (a, b) => a.max(1).mul(b.min(1)).sum(),
  prod: (a, b) => a.prod(1).add(b.prod()).sum(),
  matmul: (a, b) => matmul(a, b.transpose()).square().sum(),
  'batched matmul': (a, b) => stack([a, b]).matmul(b.transpose()).sin().sum(),
  'matmul with a vector': (a, b) =>
    a
      .matmul(b.slice([0]))
      .square()
      .sum(),
  'views and joins': (a, b) =>
    concat([a.transpose(), b.reshape([3, 2])], 1)
      .slice([
        [0, 3, 2],
        [null, null, -1],
      ])
      .square()
      .sum(),
  gather: (a, b) =>
    gather(a, tensor([1, 1, 0], { dtype: 'int32' }))
      .mul(gather(b, tensor([0, 1, -1], { dtype: 'int32' })))
      .sum(),
  where: (a, b) => where(a.greater(0.5), a.mul(b), b.square()).sum(),
  pad: (a, b) =>
    a
      .pad(
        [
          [1, 0],
          [0, 2],
        ],
        3,
      )
      .square()
      .sum()
      .add(b.pad(1).sum()),
  pow: (a, b) => a.abs().pow(b).sum(),
  'clamp and norms': (a, b) => a.clamp(-0.9, 0.9).mul(b).sum().add(a.square().sum().sqrt()),
  functions: (a, b) => a.exp().add(b.tanh()).mul(a.sigmoid()).add(b.erf()).div(a.cos().add(3)).sum(),
}

describe('the gradient by central differences of', () => {
  const a = tensor(
    [
      [0.3, -1.2, 0.7],
      [1.1, 0.4, -0.6],
    ],
    { dtype: 'float64' },
  )
  const b = tensor(
    [
      [0.9, 0.2, -0.4],
      [0.25, 1.3, 0.8],
    ],
    { dtype: 'float64' },
  )

  function difference(f: (x: Tensor) => Tensor, x: Tensor): number[] {
    const step = 1e-6
    const at = (i: number, by: number): number =>
      f(
        tensor(
          Float64Array.from(x.data(), (value, j) => (i === j ? value + by : value)),
          { shape: x.shape },
        ),
      ).item()
    return Array.from({ length: x.size }, (_, i) => (at(i, step) - at(i, -step)) / (2 * step))
  }

  test.each(Object.entries(composites))('%s', (_, f) => {
    const [da, db] = grad(f, { argnums: [0, 1] })(a, b)
    const expected = [...difference((x) => f(x, b), a), ...difference((x) => f(a, x), b)]
    const actual = [...da!.data(), ...db!.data()]
    actual.forEach((value, i) => expect(value, `element ${i}`).toBeCloseTo(expected[i]!, 6))
  })

  test.each(Object.entries(composites))('the gradient of %s', (_, f) => {
    const slope = (x: Tensor): Tensor =>
      grad(f)(x, b)
        .mul(
          tensor(
            [
              [1, 2, 3],
              [-1, 0.5, 2],
            ],
            { dtype: 'float64' },
          ),
        )
        .sum()
    const actual = grad(slope)(a).data()
    difference(slope, a).forEach((expected, i) => expect(actual[i], `element ${i}`).toBeCloseTo(expected, 5))
  })
})
