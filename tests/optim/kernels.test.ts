import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { everyOptimizer, variants } from './every-optimizer.ts'

/** Kernels of a compiled step alone, whose gradients come from outside. */
function kernelsOf([name, options]: (typeof variants)[number], parameters: readonly g.Tensor[], groups = 1): string[] {
  const size = parameters.length / groups
  const given = Array.from({ length: groups }, (_, i) => ({ params: parameters.slice(i * size, (i + 1) * size) }))
  const optimizer = everyOptimizer[name](groups === 1 ? parameters : given, options)
  const step = g.hybridize(() => optimizer.step(), { fullGraph: true })
  for (const parameter of parameters) parameter.grad = g.ones(parameter.shape)
  step()
  return step.explain().specialisations[0]!.kernels.map(({ name: kernel }) => kernel)
}

const leaves = (count: number): g.Tensor[] =>
  Array.from({ length: count }, (_, i) => g.variable(g.ones([i + 2, 3]), { requiresGrad: true }))

describe.each(variants)('a step of %s, %o', (...variant) => {
  // Each parameter of lamb has norms, which are sums: a kernel for its moments and one for its norms.
  const [perParameter, shared] = variant[0] === 'lamb' ? [2, 2] : [0, kernelsOf(variant, leaves(1)).length]

  test('updates all parameters in one kernel, besides those for scalars', () => {
    expect(shared).toBeLessThanOrEqual(3)
    expect(kernelsOf(variant, leaves(4))).toHaveLength(perParameter * 4 + shared)
  })

  test('updates the parameters of several groups in one kernel too', () => {
    // Groups have rates of their own: at most twice the scalars.
    const kernels = kernelsOf(variant, leaves(4), 2)
    expect(kernels.length).toBeLessThanOrEqual(2 * (shared - 1) + perParameter * 4 + 1)
  })
})
