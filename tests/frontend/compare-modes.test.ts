import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  compareModes,
  manualSeed,
  mse,
  nn,
  optim,
  randn,
  tensor,
  variable,
  type Tensor,
  assign,
} from '../../src/index.ts'
import { bitsOf } from './twice.ts'

afterEach(() => vi.restoreAllMocks())

describe('compareModes', () => {
  test('compares a training step, and leaves the model, its gradients and random numbers as they were', () => {
    manualSeed(5)
    const net = nn.sequential(nn.linear(4, 8), nn.relu(), nn.dropout(0.25), nn.linear(8, 1))
    const optimizer = optim.adam(net.parameters(), { lr: 1e-2 })
    function trainStep(x: Tensor, y: Tensor): Tensor {
      const loss = mse(net.forward(x), y)
      loss.backward()
      optimizer.step()
      return loss
    }
    const [x, y] = [randn([16, 4]), randn([16, 1])]
    const state = (): unknown =>
      bitsOf([net.stateDict(), optimizer.stateDict(), net.parameters().map(({ grad }) => grad)])
    const before = state()
    const comparison = compareModes(trainStep, [x, y], { steps: 12 })
    expect(comparison).toMatchObject({
      functionName: 'trainStep',
      steps: 12,
      bitEqual: true,
      different: [],
      notCompiled: undefined,
    })
    expect(comparison.compiled.kernels).toBeGreaterThan(0)
    expect(comparison.compiled.kernels).toBeLessThan(comparison.eager.ops)
    expect(state()).toEqual(before)
    const text = String(comparison)
    for (const label of [
      'time per step (median)',
      '  best',
      'first call',
      'break-even',
      'work per step',
      'peak memory added',
    ])
      expect(text).toContain(`\n${label} `)
    expect(text).toMatch(/\nResults and state are equal bit by bit\.$/)
    expect(JSON.parse(JSON.stringify(comparison))).toMatchObject({ bitEqual: true })
  })

  test('takes arguments that differ from step to step, of one form', () => {
    const comparison = compareModes(
      (x: Tensor, rate: number) => x.mul(rate),
      (step) => [tensor([step, 1]), step / 10],
      {
        steps: 3,
        target: 'js',
      },
    )
    expect(comparison.bitEqual).toBe(true)
  })

  test('says what differs', () => {
    let calls = 0
    const w = variable([1, 2])
    const comparison = compareModes(
      (x: Tensor) => {
        assign(w, w.add(calls++ < 5 ? 1 : 2)) // frozen in the program, and not what an eager call would do
        return x.exp()
      },
      [tensor([1])],
      { steps: 3 },
    )
    expect(comparison).toMatchObject({ bitEqual: false, different: ['f32[2] variable 0'] })
    expect(String(comparison)).toContain('DIFFERENT bits: f32[2] variable 0.')
    expect(w.toArray()).toEqual([1, 2])
  })
})
