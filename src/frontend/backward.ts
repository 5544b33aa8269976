import { leadsTo } from '../autograd/leads-to.ts'
import { pullBack } from '../autograd/pull-back.ts'
import { settledSum, type Sum } from '../autograd/sum.ts'
import { add, broadcastTo } from '../ops/calls/index.ts'
import { currentInterpreter, type Value } from '../ops/interpreter.ts'
import { context, withContext } from './context.ts'
import { cotangentMismatch, notDifferentiable } from './errors.ts'
import type { Tensor } from './tensor.ts'
import { sameType } from '../base/shape.ts'

/** Adds the gradient of `root` to `grad` of every leaf it was made from. */
export function backward(root: Tensor, cotangent: Tensor | undefined): void {
  root.ensureUsable()
  if (!root.requiresGrad) throw notDifferentiable()
  if (cotangent && !sameType(cotangent.type, root.type)) throw cotangentMismatch(cotangent.type, root.type)
  withContext({ gradEnabled: false, isPullingBack: true, isHidden: true }, () => {
    const seed = cotangent ?? onesLike(root)
    const { recorder } = context
    const leaves = pullBack([{ value: root, cotangent: seed }], {
      derivationOf: (tensor) => (recorder?.isArgument(tensor) ? undefined : tensor.derivation),
      needs: (tensor) => tensor.requiresGrad,
    })
    for (const [leaf, sum] of leaves) {
      if (recorder?.isArgument(leaf))
        recorder.setArgumentGradient(leaf, accumulated(recorder.argumentGradient(leaf), sum))
      else leaf.grad = accumulated(leaf.grad, sum)
    }
  })
}

/** Adding a sum to which nothing came changes no bit of what was before. */
const accumulated = (before: Tensor | null | undefined, sum: Sum): Tensor =>
  asTensor(before ? add(before, sum.cotangent) : settledSum(sum))

const onesLike = (tensor: Tensor): Value => {
  const one = currentInterpreter().constant(1, tensor.type.dtype)
  return tensor.type.shape.length === 0 ? one : broadcastTo(one, tensor.type.shape)
}

const asTensor = (value: Value): Tensor => value as Tensor // the eager interpreter only makes tensors

/** Cotangents of `wrt`, given those of `roots`; differentiable again where `isDifferentiable`. Undefined where none flows. */
export function cotangentsOf(
  roots: readonly { readonly value: Tensor; readonly cotangent?: Tensor }[],
  wrt: readonly Tensor[],
  isDifferentiable: boolean,
): (Tensor | undefined)[] {
  const targets = new Set(wrt)
  const operandsOf = (tensor: Tensor): readonly Tensor[] => tensor.derivation?.operands ?? []
  const [first, ...others] = roots.map(({ value }) => leadsTo(value, targets, operandsOf))
  const wanted = first ?? new Set()
  for (const more of others) for (const tensor of more) wanted.add(tensor)
  return withContext({ gradEnabled: isDifferentiable, isPullingBack: true }, () => {
    const leaves = pullBack(
      roots.map(({ value, cotangent }) => ({ value, cotangent: cotangent ?? onesLike(value) })),
      {
        derivationOf: (tensor) => (targets.has(tensor) ? undefined : tensor.derivation),
        needs: (tensor) => wanted.has(tensor),
      },
    )
    return wrt.map((tensor) => {
      const sum = leaves.get(tensor)
      return sum && asTensor(settledSum(sum))
    })
  })
}

/** Gradients of `root` with respect to `wrt`, differentiable again inside an enclosing `grad`. */
export const gradientsOf = (root: Tensor, wrt: readonly Tensor[], isDifferentiable: boolean): (Tensor | undefined)[] =>
  cotangentsOf([{ value: root }], wrt, isDifferentiable)
