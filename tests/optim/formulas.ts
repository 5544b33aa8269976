/** PyTorch's formulas in plain numbers, for one parameter of one element. */

export interface SgdNumbers {
  readonly lr: number
  readonly momentum?: number
  readonly nesterov?: boolean
  readonly weightDecay?: number
}

/** The parameter after each step. */
export function sgdSequence(
  start: number,
  gradients: readonly number[],
  { lr, momentum = 0, nesterov = false, weightDecay = 0 }: SgdNumbers,
): number[] {
  let p = start
  let velocity = 0
  return gradients.map((gradient) => {
    const g = gradient + weightDecay * p
    velocity = momentum * velocity + g
    p -= lr * (nesterov ? g + momentum * velocity : velocity)
    return p
  })
}

export interface AdamNumbers {
  readonly lr: number
  readonly betas?: readonly [number, number]
  readonly eps?: number
  readonly weightDecay?: number
}

/** The parameter after each step, from the bias-corrected means. */
export function adamSequence(
  start: number,
  gradients: readonly number[],
  { lr, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }: AdamNumbers,
): number[] {
  let p = start
  let m = 0
  let v = 0
  return gradients.map((gradient, i) => {
    const g = gradient + weightDecay * p
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    const corrected = { m: m / (1 - beta1 ** (i + 1)), v: v / (1 - beta2 ** (i + 1)) }
    p -= (lr * corrected.m) / (Math.sqrt(corrected.v) + eps)
    return p
  })
}
