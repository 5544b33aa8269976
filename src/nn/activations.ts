import type { Tensor } from '../frontend/tensor.ts'
import { Module } from './module.ts'

/** Negative elements replaced by 0. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu()
  }
}

/** 1 / (1 + e⁻ˣ), element by element. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return x.sigmoid()
  }
}

/** Hyperbolic tangent, element by element. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh()
  }
}

/** A layer that replaces negative elements by 0. */
export const relu = (): ReLU => new ReLU()
/** A layer of 1 / (1 + e⁻ˣ). */
export const sigmoid = (): Sigmoid => new Sigmoid()
/** A layer of the hyperbolic tangent. */
export const tanh = (): Tanh => new Tanh()
