import { describe, expect, test } from 'vitest'
import { hybridize, optim, tensor, variable, type Tensor } from '../../src/index.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { verifyKernel } from '../../src/kernel/verify.ts'
import { planFaults } from './plan-faults.ts'
import { planOf } from './plan-text.ts'

function kernelsOf(text: string, withoutPasses: readonly string[] = []): string[] {
  const { plan, lines } = planOf(text, withoutPasses)
  expect(planFaults(plan, parseGraph(text))).toEqual([])
  return lines
}

const twoUpdates = `graph(state %w: f32[8], state %b: f32[3], %g: f32[8], %h: f32[3]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = sub(%b, %h) : f32[3]
  write %w <- %0
  write %b <- %1
  return
}`

describe('updates of state', () => {
  test('of any shapes share a kernel', () => {
    expect(kernelsOf(twoUpdates)).toEqual(['sub, sub: state w, g, state b, h → state w, state b'])
  })

  test('of no elements take no loop', () => {
    const text = `graph(state %w: f32[8], state %b: f32[0, 3], %g: f32[8], %h: f32[3]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = broadcastTo(%h) {shape: [0, 3]} : f32[0, 3]
  %2 = sub(%b, %1) : f32[0, 3]
  write %w <- %0
  write %b <- %2
  return
}`
    expect(kernelsOf(text)).toEqual(['sub, sub: state w, g → state w'])
    for (const kernel of planOf(text).plan.kernels) expect(() => verifyKernel(kernel)).not.toThrow()
  })

  test('have kernels of their own where the pass is off', () => {
    expect(kernelsOf(twoUpdates, ['updates'])).toEqual(['sub: state w, g → state w', 'sub: state b, h → state b'])
  })

  test('stay apart where one reads what another writes', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], state %v: f32[1], %g: f32[1]) {
  %0 = sub(%w, %v) : f32[8]
  %1 = add(%v, %g) : f32[1]
  write %w <- %0
  write %v <- %1
  return
}`),
    ).toEqual(['sub: state v, state w → state w', 'add: state v, g → state v'])
  })

  test('stay before a kernel that reads a new value', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], state %b: f32[3], %g: f32[8], %h: f32[3]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = sum(%0) {axes: [0], keepDims: true} : f32[1]
  %2 = sub(%b, %1) : f32[3]
  write %w <- %0
  write %b <- %2
  return
}`),
    ).toEqual(['sub: state w, g → state w', 'sum: state w → sum', 'sub: state b, sum → state b'])
  })

  test('move behind kernels that have nothing to do with them', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], state %b: f32[3], %g: f32[8], %h: f32[3]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = sum(%g) {axes: [0], keepDims: false} : f32[]
  %2 = sub(%b, %h) : f32[3]
  write %w <- %0
  write %b <- %2
  return %1
}`),
    ).toEqual(['sum: g → sum', 'sub, sub: state w, g, state b, h → state w, state b'])
  })
})

test('an optimizer step alone is one kernel for all parameters', () => {
  for (const [name, others, make] of [
    ['sgd', 0, (parameters: readonly Tensor[]) => optim.sgd(parameters, { lr: 0.1, momentum: 0.9 })],
    // The corrections of the moments' biases are common to all.
    ['adam', 1, (parameters: readonly Tensor[]) => optim.adam(parameters, { lr: 0.1 })],
  ] as const) {
    const trained = [[], ['updates']].map((withoutPasses) => {
      const parameters = [[20, 30], [30], [30, 7], [7]].map((shape, i) =>
        variable(
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, j) => Math.sin(j + i)),
          {
            shape,
            requiresGrad: true,
          },
        ),
      )
      const optimizer = make(parameters)
      const step = hybridize(
        (scale: Tensor) => {
          for (const parameter of parameters) parameter.grad = parameter.mul(scale)
          optimizer.step()
        },
        { withoutPasses },
      )
      for (let i = 0; i < 4; i++) step(tensor(0.5))
      const updates = step.explain().specialisations[0]!.kernels.filter(({ ops }) => ops.includes('sub'))
      return { count: updates.length, values: parameters.map((each) => each.data()) }
    })
    expect(
      trained.map(({ count }) => count - others),
      name,
    ).toEqual([1, 4])
    expect(trained[0]!.values).toEqual(trained[1]!.values)
  }
})
