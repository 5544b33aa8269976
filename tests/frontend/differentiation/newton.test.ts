import { describe, expect, test } from 'vitest'
import { classifyCriticalPoint, minimizeNewton, newtonStep, tensor, type Tensor } from '../../../src/index.ts'
import { sameTwice } from '../twice.ts'

type Data = number | number[]
const double = (data: Data): Tensor => tensor(data, { dtype: 'float64' })
const cosh = (x: Tensor): Tensor => x.mul(0.5).exp().add(x.mul(-0.5).exp()).div(2)
const wave = (x: Tensor): Tensor => x.mul(x.mul(0.15 * Math.PI).cos())
const tenSteps = { maxSteps: 10, tolerance: 0 }

describe('classifyCriticalPoint', () => {
  test.each<[kind: string, f: (x: Tensor) => Tensor, at: Data, eigenvalues: number[]]>([
    ['degenerate', (x) => x.pow(3), 0, [0]],
    [
      'saddle',
      (x) =>
        x
          .square()
          .mul(double([1, -1]))
          .sum(),
      [0, 0],
      [-2, 2],
    ],
    [
      'minimum',
      (x) =>
        x
          .square()
          .mul(double([1, 2]))
          .sum(),
      [0, 0],
      [2, 4],
    ],
    ['maximum', (x) => x.square().sum().neg(), [0, 0], [-2, -2]],
    ['degenerate', (x) => x.slice([0]).square(), [0, 5], [0, 2]],
    [
      'saddle',
      (x) =>
        x
          .square()
          .mul(double([1, -1, 0]))
          .sum(),
      [0, 0, 1],
      [-2, 0, 2],
    ],
    ['degenerate', (x) => x.pow(4).sum(), [0, 0], [0, 0]],
  ])('finds a %s', (kind, f, at, eigenvalues) => {
    const found = classifyCriticalPoint(f, double(at))
    expect(found.kind).toBe(kind)
    expect(found.eigenvalues.toArray()).toEqual(eigenvalues)
    expect(found.gradient.abs().max().item()).toBe(0)
    expect(found.gradient.shape).toEqual(double(at).shape)
  })

  test('of a point found by search says what it is', () => {
    const { x, converged } = minimizeNewton(wave, double(7))
    expect(converged).toBe(true)
    expect(classifyCriticalPoint(wave, x).kind).toBe('minimum')
  })
})

describe("Newton's method", () => {
  // "epoch 10, x: …" of the book, and the same with NumPy.
  test('reproduces the book: it converges, goes wrong without damping, and converges with it', () => {
    expect(Math.abs(minimizeNewton(cosh, double(10), tenSteps).x.item())).toBeLessThan(1e-15)
    expect(minimizeNewton(wave, double(10), tenSteps).x.item()).toBeCloseTo(26.83413291324767, 12)
    expect(minimizeNewton(wave, double(10), { ...tenSteps, lr: 0.5 }).x.item()).toBeCloseTo(7.269860168684531, 13)
  })

  test('solves a quadratic function in one step', () => {
    const f = (x: Tensor): Tensor =>
      x
        .sub(double([1, 2]))
        .square()
        .mul(double([0.1, 2]))
        .sum()
    const { x, steps, converged, path } = minimizeNewton(f, double([-5, -2]))
    expect(steps).toBe(1)
    expect(converged).toBe(true)
    expect(path.map((each) => each.toArray())).toEqual([[-5, -2], x.toArray()])
    expect(
      x
        .sub(double([1, 2]))
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-14)
  })

  test('with absolute curvature and a line search goes down from a saddle and from where it bends down', () => {
    const f = (x: Tensor): Tensor => x.pow(4).sum().sub(x.square().sum())
    const options = { curvature: 'absolute', lineSearch: true, damping: 0.1 } as const
    const { x, converged } = minimizeNewton(f, double([0.1, -0.2]), options)
    expect(converged).toBe(true)
    expect(classifyCriticalPoint(f, x).kind).toBe('minimum')
    const { value, path } = minimizeNewton(wave, double(10), { lineSearch: true, curvature: 'absolute' })
    expect(value.item()).toBeLessThan(wave(path[0]!).item())
  })

  test.each([{ lr: 0.5 }, { damping: 0.5 }, { curvature: 'absolute' }] as const)(
    'is a step of ops, with %o',
    (options) => {
      const f = (x: Tensor): Tensor => x.pow(4).sum().add(x.square().sum()).sub(x.prod())
      sameTwice(
        {
          make: () => ({ fn: (x: Tensor) => newtonStep(f, x, options), calls: [[double([1, 2])], [double([3, -1])]] }),
        },
        'wasm',
      )
    },
  )
})
