/** The published formulas in plain numbers, for one parameter of one element. Each gives the parameter after each step. */

/** What a step adds to the parameter, from its gradient, the parameter, and the number of the step from 1 on. */
type Change = (g: number, p: number, t: number) => number

const sequence = (start: number, gradients: readonly number[], change: Change): number[] => {
  let p = start
  return gradients.map((g, i) => (p += change(g, p, i + 1)))
}

const defaults = { lr: 0.001, weightDecay: 0, eps: 1e-8, beta1: 0.9, beta2: 0.999 }

export interface SgdNumbers {
  readonly lr: number
  readonly momentum?: number
  readonly dampening?: number
  readonly nesterov?: boolean
  readonly weightDecay?: number
  readonly lrInVelocity?: boolean
}

/** `rates`: the learning rate of each step, where it changes. */
export function sgdSequence(
  start: number,
  gradients: readonly number[],
  options: SgdNumbers,
  rates: readonly number[] = gradients.map(() => options.lr),
): number[] {
  const { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0, lrInVelocity = false } = options
  let velocity = 0
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + weightDecay * p
    const lr = rates[t - 1]!
    const share = t === 1 ? 1 : 1 - dampening
    velocity = momentum * velocity + (lrInVelocity ? lr : 1) * share * g
    if (lrInVelocity) return nesterov ? -(lr * g + momentum * velocity) : -velocity
    return -lr * (nesterov ? g + momentum * velocity : velocity)
  })
}

export interface AdaptiveNumbers {
  readonly lr?: number
  readonly eps?: number
  readonly epsInside?: boolean
  readonly weightDecay?: number
  readonly betas?: readonly [number, number]
}

const root = (x: number, eps: number, epsInside: boolean): number =>
  epsInside ? Math.sqrt(x + eps) : Math.sqrt(x) + eps

export function adaGradSequence(
  start: number,
  gradients: readonly number[],
  options: AdaptiveNumbers & { readonly lrDecay?: number },
): number[] {
  const { lr = 0.01, eps = 1e-10, epsInside = false, weightDecay = 0, lrDecay = 0 } = options
  let squares = 0
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + weightDecay * p
    squares += g ** 2
    return (-lr / (1 + (t - 1) * lrDecay)) * (g / root(squares, eps, epsInside))
  })
}

export interface RmsPropNumbers extends AdaptiveNumbers {
  readonly alpha?: number
  readonly momentum?: number
  readonly centered?: boolean
  readonly lrInVelocity?: boolean
}

export function rmsPropSequence(
  start: number,
  gradients: readonly number[],
  options: RmsPropNumbers,
  rates: readonly number[] = gradients.map(() => options.lr ?? 0.01),
): number[] {
  const { eps = 1e-8, epsInside = false, weightDecay = 0, alpha = 0.99, momentum = 0, centered = false } = options
  let [square, mean, velocity] = [0, 0, 0]
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + weightDecay * p
    const lr = rates[t - 1]!
    square = alpha * square + (1 - alpha) * g ** 2
    mean = alpha * mean + (1 - alpha) * g
    const direction = g / root(square - (centered ? mean ** 2 : 0), eps, epsInside)
    velocity = momentum * velocity + (options.lrInVelocity ? lr : 1) * direction
    return options.lrInVelocity ? -velocity : -lr * velocity
  })
}

export function adaDeltaSequence(
  start: number,
  gradients: readonly number[],
  options: { readonly lr?: number; readonly rho?: number; readonly eps?: number; readonly weightDecay?: number },
): number[] {
  const { lr = 1, rho = 0.9, eps = 1e-6, weightDecay = 0 } = options
  let [squares, steps] = [0, 0]
  return sequence(start, gradients, (gradient, p) => {
    const g = gradient + weightDecay * p
    squares = rho * squares + (1 - rho) * g * g
    const step = Math.sqrt((steps + eps) / (squares + eps)) * g
    steps = rho * steps + (1 - rho) * step * step
    return -lr * step
  })
}

export interface AdamNumbers extends AdaptiveNumbers {
  readonly amsGrad?: boolean
  /** AdamW: weightDecay shrinks the parameter. */
  readonly isDecoupled?: boolean
}

/** From the bias-corrected means. */
export function adamSequence(start: number, gradients: readonly number[], options: AdamNumbers): number[] {
  const { lr = defaults.lr, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, epsInside = false } = options
  const { weightDecay = 0, amsGrad = false, isDecoupled = false } = options
  let [m, v, most] = [0, 0, 0]
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + (isDecoupled ? 0 : weightDecay * p)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    most = Math.max(most, v)
    const corrected = { m: m / (1 - beta1 ** t), v: (amsGrad ? most : v) / (1 - beta2 ** t) }
    return -(isDecoupled ? lr * weightDecay * p : 0) - (lr * corrected.m) / root(corrected.v, eps, epsInside)
  })
}

export function adamaxSequence(start: number, gradients: readonly number[], options: AdaptiveNumbers): number[] {
  const { lr = 0.002, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options
  let [m, u] = [0, 0]
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + weightDecay * p
    m = beta1 * m + (1 - beta1) * g
    u = Math.max(beta2 * u, Math.abs(g) + eps)
    return ((-lr / (1 - beta1 ** t)) * m) / u
  })
}

export function nadamSequence(
  start: number,
  gradients: readonly number[],
  options: AdaptiveNumbers & { readonly momentumDecay?: number; readonly decoupledWeightDecay?: boolean },
): number[] {
  const {
    lr = 0.002,
    betas: [beta1, beta2] = [0.9, 0.999],
    eps = 1e-8,
    weightDecay = 0,
    momentumDecay = 0.004,
  } = options
  const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay))
  let [m, v, product] = [0, 0, 1]
  return sequence(start, gradients, (gradient, p, t) => {
    const shrinkage = options.decoupledWeightDecay ? lr * weightDecay * p : 0
    const g = gradient + (options.decoupledWeightDecay ? 0 : weightDecay * p)
    product *= momentum(t)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    const lookAhead = (momentum(t + 1) * m) / (1 - product * momentum(t + 1)) + ((1 - momentum(t)) * g) / (1 - product)
    return -shrinkage - (lr * lookAhead) / (Math.sqrt(v / (1 - beta2 ** t)) + eps)
  })
}

export function yogiSequence(
  start: number,
  gradients: readonly number[],
  options: AdaptiveNumbers & { readonly biasCorrection?: boolean; readonly initialAccumulatorValue?: number },
): number[] {
  const {
    lr = 0.01,
    betas: [beta1, beta2] = [0.9, 0.999],
    eps = 1e-3,
    weightDecay = 0,
    biasCorrection = true,
  } = options
  let [m, v] = [0, options.initialAccumulatorValue ?? 0]
  return sequence(start, gradients, (gradient, p, t) => {
    const g = gradient + weightDecay * p
    m = beta1 * m + (1 - beta1) * g
    v += (1 - beta2) * Math.sign(g * g - v) * g * g
    const [c1, c2] = biasCorrection ? [1 - beta1 ** t, 1 - beta2 ** t] : [1, 1]
    return (-lr * (m / c1)) / (Math.sqrt(v / c2) + eps)
  })
}

export function lionSequence(start: number, gradients: readonly number[], options: AdaptiveNumbers): number[] {
  const { lr = 1e-4, betas: [beta1, beta2] = [0.9, 0.99], weightDecay = 0 } = options
  let m = 0
  return sequence(start, gradients, (g, p) => {
    const direction = Math.sign(beta1 * m + (1 - beta1) * g)
    m = beta2 * m + (1 - beta2) * g
    return -lr * (direction + weightDecay * p)
  })
}

/** Of one element: the norms are the sizes. */
export function lambSequence(start: number, gradients: readonly number[], options: AdaptiveNumbers): number[] {
  const { lr = 0.001, betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-6, weightDecay = 0.01 } = options
  let [m, v] = [0, 0]
  return sequence(start, gradients, (g, p, t) => {
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g * g
    const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + eps) + weightDecay * p
    const ratio = p === 0 || direction === 0 ? 1 : Math.abs(p) / Math.abs(direction)
    return -lr * ratio * direction
  })
}
