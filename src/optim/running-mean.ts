import type { Tensor } from '../frontend/tensor.ts'

/** keep · mean + (1 − keep) · x. */
export const runningMean = (mean: Tensor, x: Tensor, keep: number): Tensor => mean.mul(keep).add(x.mul(1 - keep))

/** A gradient with weightDecay · p added: decay as a penalty of weightDecay / 2 · p² in the loss. */
export const withWeightDecay = (gradient: Tensor, parameter: Tensor, weightDecay: number): Tensor =>
  weightDecay === 0 ? gradient : gradient.add(parameter.mul(weightDecay))

/** √x + eps, or √(x + eps). */
export const rootWithEps = (x: Tensor, eps: number, epsInside: boolean): Tensor =>
  epsInside ? x.add(eps).sqrt() : x.sqrt().add(eps)
