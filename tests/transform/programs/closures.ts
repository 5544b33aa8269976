import { hybridize, tensor, type Tensor } from 'gryph'

/** Functions that use what is outside of them, and ways to change that. */

let rate = 0.5
export const setRate = (value: number): void => {
  rate = value
}
export const scaled = (x: Tensor): Tensor => {
  'use hybrid'
  return x.mul(rate)
}

let mode = 'double'
export const setMode = (value: string): void => {
  mode = value
}
export function byMode(x: Tensor): Tensor {
  'use hybrid'
  return mode === 'double' ? x.mul(2) : x.neg()
}

let weight = tensor([1, 2])
export const setWeight = (value: Tensor): void => {
  weight = value
}
export function weighted(x: Tensor): Tensor {
  'use hybrid'
  return x.mul(weight)
}

export const config = { rate: 1, depth: 2 }
export function configured(x: Tensor): Tensor {
  'use hybrid'
  for (let i = 0; i < config.depth; i++) x = x.mul(config.rate)
  return x
}

let offset = 0
export const setOffset = (value: number): void => {
  offset = value
}
export function shifted(x: Tensor): Tensor {
  'use hybrid'
  if (x.sum().item() > offset) return x.sub(offset)
  return x
}

let index = 0
export const setIndex = (value: number): void => {
  index = value
}
export function chosen(xs: readonly Tensor[]): Tensor {
  'use hybrid'
  return xs[index]!.mul(2)
}

/** A function for each call, with variables of its own. */
export function counter(): { next: () => void; fast: (x: Tensor) => Tensor } {
  let count = 0
  return {
    next: () => {
      count += 1
    },
    fast: hybridize((x: Tensor) => x.mul(count)),
  }
}

export class Layer {
  rate = 1
  apply(x: Tensor): Tensor {
    'use hybrid'
    return x.mul(this.rate)
  }
}
