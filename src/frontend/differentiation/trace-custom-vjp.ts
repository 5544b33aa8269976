import { mostCustomOrders } from '../../autograd/custom-gradient.ts'
import type { OpDerivation } from '../../autograd/pull-back.ts'
import { InternalError } from '../../base/errors.ts'
import { nextInProgram, noteBody } from '../../ir/marks.ts'
import { context } from '../context.ts'
import { applyControl } from '../control/apply-control.ts'
import { leafTensor } from '../control/leaves.ts'
import type { RegionEffects } from '../control/region-effects.ts'
import { allCaptures, operandsFor, TracedRegion } from '../control/trace-region.ts'
import type { Recorder } from '../recorder.ts'
import { Tensor } from '../tensor.ts'
import { replaced, type CustomCall } from './custom-call.ts'
import { customEffects } from './errors.ts'

/**
 * Records both functions: the forward one as the region of a branch that is always taken, and the backward one as a graph that gradients of
 * this branch are computed by, whether they are asked for in the recorded call, of it, or of a loop around it.
 */
export function traceCustomVjp(recorder: Recorder, call: CustomCall): unknown {
  const { args, positions } = call
  const forward = new TracedRegion(recorder, 'customVjp: the forward function')
  const { result, effects } = forward.trace(() => {}, call.forward)
  requireNone('the forward function', effects)
  const { values, residuals } = result
  const tensors = values.leaves.map(({ value }) => value as Tensor) // checked by forward
  // What the backward function sees again and the region made: the rest is from outside, or no tensor.
  const outside = new Set<unknown>(args)
  const kept = residuals.leaves.flatMap(({ value }) =>
    value instanceof Tensor && !outside.has(value) && !tensors.includes(value) && !value.isVariable ? [value] : [],
  )
  const results = forward.within(() => [...tensors, ...kept].map((tensor) => recorder.valueOf(tensor)))

  const isTooHigh = order === mostCustomOrders
  const backward = new TracedRegion(recorder, 'customVjp: the backward function')
  let cotangents: readonly Tensor[] = []
  let seen: readonly Tensor[] = []
  const pulled = backward.trace(
    () => {
      cotangents = tensors.map(({ type }, i) => backward.give(`cotangent${i}`, type, false, fromOutside()))
      seen = [...tensors, ...kept].map(({ type, weak, requiresGrad }, i) =>
        backward.give(`result${i}`, type, weak, i < tensors.length || requiresGrad ? fromOutside() : undefined),
      )
    },
    () => {
      const shown = replaced(residuals, values, seen).leaves.map((leaf) => {
        const at = kept.indexOf(leaf as Tensor) // or anything else, which is not among them
        return at < 0 ? leaf : seen[tensors.length + at]
      })
      return isTooHigh ? [] : ofNextOrder(() => call.backward(residuals.rebuild(shown), values.rebuild(cotangents)))
    },
  )
  requireNone('the backward function', pulled.effects)
  const targets = pulled.result.flatMap((cotangent, i) => {
    const arg = args[positions[i]!] as Tensor // positions are those of tensors
    return cotangent && arg.requiresGrad ? [{ cotangent, arg }] : []
  })
  const pulledValues = backward.within(() => targets.map(({ cotangent }) => recorder.valueOf(cotangent)))
  // Every argument that gets a cotangent is an operand, whether it is read or not.
  forward.within(() => targets.forEach(({ arg }) => recorder.valueOf(arg)))

  const captures = allCaptures([forward, backward])
  const region = forward.graph(captures, results)
  const keys = [...captures.keys()]
  noteBody(region, {
    custom: {
      graph: isTooHigh ? undefined : backward.graph(captures, pulledValues),
      values: tensors.length,
      captures: targets.map(({ arg }) => keys.indexOf(arg)), // of what requires a gradient, the tensor is the key
    },
  })
  const selector = leafTensor(0, 'int32')
  const made = applyControl(
    { name: 'customVjp', regions: [region], carried: 0, counted: false },
    [selector, ...operandsFor(recorder, captures, [forward, backward], () => false, true)],
    {
      weak: [...tensors, ...kept].map(({ weak }) => weak),
      tracked: [...tensors.map(() => true), ...kept.map(({ requiresGrad }) => requiresGrad && context.gradEnabled)],
    },
  )
  forward.scope.isClosed = true
  backward.scope.isClosed = true
  return values.rebuild(made.slice(0, tensors.length))
}

/** Of how many backward functions this is part. */
let order = 0
function ofNextOrder<R>(body: () => R): R {
  order++
  try {
    return body()
  } finally {
    order--
  }
}

/** That a tensor comes from outside of the region; gradients of the whole call go on from it. */
const fromOutside = (): OpDerivation<Tensor> => ({
  operands: [],
  position: nextInProgram(),
  vjp: () => {
    throw new InternalError('a gradient went out of a region')
  },
})

function requireNone(what: string, { states, gradients, argumentGradients }: RegionEffects): void {
  if (states.size + gradients.size + argumentGradients.size > 0) throw customEffects(what)
}
