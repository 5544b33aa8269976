import * as functions from '../frontend/functions/activations.ts'
import type { GeluOptions } from '../frontend/functions/activations.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { optionValue } from '../ops/errors.ts'
import { Module } from './module.ts'

/** Layers without parameters; the functions of the same names have the formulas. */

/** A finite number. @throws OPTION_INVALID */
function requireFinite(where: string, name: string, value: number): void {
  if (!Number.isFinite(value)) throw optionValue(where, name, value, 'a finite number')
}

/** Passes x on. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x
  }
}

/** Negative elements replaced by 0. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return x.relu()
  }
}

/** Elements kept within 0 … 6. */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return functions.relu6(x)
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

/** x above 0, negativeSlope · x elsewhere. */
export class LeakyReLU extends Module {
  readonly negativeSlope: number

  /** @throws OPTION_INVALID */
  constructor(negativeSlope = 0.01) {
    super()
    requireFinite('leakyRelu', 'negativeSlope', negativeSlope)
    this.negativeSlope = negativeSlope
  }

  forward(x: Tensor): Tensor {
    return functions.leakyRelu(x, this.negativeSlope)
  }

  protected override describe(): string {
    return `negativeSlope=${this.negativeSlope}`
  }
}

/** x above 0, alpha · (eˣ − 1) elsewhere. */
export class ELU extends Module {
  readonly alpha: number

  /** @throws OPTION_INVALID */
  constructor(alpha = 1) {
    super()
    requireFinite('elu', 'alpha', alpha)
    this.alpha = alpha
  }

  forward(x: Tensor): Tensor {
    return functions.elu(x, this.alpha)
  }

  protected override describe(): string {
    return `alpha=${this.alpha}`
  }
}

/** elu with the factors of self-normalizing networks. */
export class SELU extends Module {
  forward(x: Tensor): Tensor {
    return functions.selu(x)
  }
}

/** x · Φ(x). */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh'

  /** @throws OPTION_INVALID */
  constructor(options: GeluOptions = {}) {
    super()
    checkOptions('gelu', options, ['approximate'])
    const { approximate = 'none' } = options
    if (approximate !== 'none' && approximate !== 'tanh')
      throw optionValue('gelu', 'approximate', approximate, "'none' or 'tanh'")
    this.approximate = approximate
  }

  forward(x: Tensor): Tensor {
    return functions.gelu(x, { approximate: this.approximate })
  }

  protected override describe(): string {
    return `approximate=${this.approximate}`
  }
}

/** x · sigmoid(x). */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return functions.silu(x)
  }
}

/** x · tanh(softplus(x)). */
export class Mish extends Module {
  forward(x: Tensor): Tensor {
    return functions.mish(x)
  }
}

/** ln(1 + e^(beta · x)) / beta. */
export class Softplus extends Module {
  readonly beta: number

  /** @throws OPTION_INVALID */
  constructor(beta = 1) {
    super()
    if (!Number.isFinite(beta) || beta <= 0) throw optionValue('softplus', 'beta', beta, 'a number above 0')
    this.beta = beta
  }

  forward(x: Tensor): Tensor {
    return functions.softplus(x, this.beta)
  }

  protected override describe(): string {
    return `beta=${this.beta}`
  }
}

/** x / (1 + |x|). */
export class Softsign extends Module {
  forward(x: Tensor): Tensor {
    return functions.softsign(x)
  }
}

/** ln sigmoid(x). */
export class LogSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return functions.logSigmoid(x)
  }
}

/** Elements kept within minVal … maxVal. */
export class Hardtanh extends Module {
  readonly minVal: number
  readonly maxVal: number

  /** @throws OPTION_INVALID */
  constructor(minVal = -1, maxVal = 1) {
    super()
    requireFinite('hardtanh', 'minVal', minVal)
    requireFinite('hardtanh', 'maxVal', maxVal)
    if (minVal >= maxVal) throw optionValue('hardtanh', 'maxVal', maxVal, `a number above minVal, ${minVal}`)
    this.minVal = minVal
    this.maxVal = maxVal
  }

  forward(x: Tensor): Tensor {
    return functions.hardtanh(x, this.minVal, this.maxVal)
  }

  protected override describe(): string {
    return `minVal=${this.minVal}, maxVal=${this.maxVal}`
  }
}

/** x / 6 + ½ kept within 0 … 1. */
export class Hardsigmoid extends Module {
  forward(x: Tensor): Tensor {
    return functions.hardsigmoid(x)
  }
}

/** x · hardsigmoid(x). */
export class Hardswish extends Module {
  forward(x: Tensor): Tensor {
    return functions.hardswish(x)
  }
}

/** eˣ / Σ eˣ along an axis. */
export class Softmax extends Module {
  readonly axis: number

  constructor(axis = -1) {
    super()
    this.axis = axis
  }

  forward(x: Tensor): Tensor {
    return x.softmax(this.axis)
  }

  protected override describe(): string {
    return `axis=${this.axis}`
  }
}

/** ln softmax along an axis. */
export class LogSoftmax extends Module {
  readonly axis: number

  constructor(axis = -1) {
    super()
    this.axis = axis
  }

  forward(x: Tensor): Tensor {
    return x.logSoftmax(this.axis)
  }

  protected override describe(): string {
    return `axis=${this.axis}`
  }
}
