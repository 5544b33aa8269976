import { ones, type Tensor } from 'gryph'

/** The square root of a positive number by Newton's method, and how many steps it took. */
export function squareRoot(a: Tensor, tolerance: number, limit: number): [root: Tensor, steps: number] {
  'use hybrid'
  let x = ones([])
  let steps = 0
  while (x.square().sub(a).abs().item() > tolerance && steps < limit) {
    x = x.add(a.div(x)).mul(0.5)
    steps++
  }
  return [x, steps]
}
