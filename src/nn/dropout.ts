import { dropout as dropElements } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { Module } from './module.ts'
import { requireProbability } from './requirements.ts'

/** In training, sets elements to 0 with probability `p` and scales the others by 1/(1 − p); in evaluation, passes x on. */
export class Dropout extends Module {
  readonly p: number

  /** @throws PROBABILITY_INVALID when p is not in [0, 1) */
  constructor(p = 0.5) {
    super()
    requireProbability('dropout', p)
    this.p = p
  }

  forward(x: Tensor): Tensor {
    return this.training ? dropElements(x, this.p) : x
  }

  protected override describe(): string {
    return `p=${this.p}`
  }
}

/** A dropout layer. @param p probability of 0, at least 0 and below 1 @throws PROBABILITY_INVALID */
export const dropout = (p?: number): Dropout => new Dropout(p)
