import { GryphError } from '../base/errors.ts'
import { findNonFinite, type NonFinite } from '../frontend/debug/find-non-finite.ts'
import type { Tensor } from '../frontend/tensor.ts'
import type { Module } from '../nn/module.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Callback, Run, StepFailure } from './callback.ts'
import { lossNotFinite } from './errors.ts'
import { NotFiniteStep, type Watched } from './step-call.ts'

/** Options of `nanWatch`. */
export interface NanWatchOptions {
  /** Its parameters are watched too, so that the step is found whose gradient spoils them, and not the one after it. */
  readonly module?: Module
}

/** Ends a training at the first step that is not finite. */
class NanWatch implements Callback {
  readonly name = 'nanWatch'
  readonly #module: Module | undefined

  constructor({ module }: NanWatchOptions) {
    this.#module = module
  }

  watched(): Watched {
    return this.#named().map(([name, tensor]) => [`parameter ${name}`, tensor])
  }

  explainFailure({ epoch, step, stepInEpoch }: Run, { error, step: fn, batch }: StepFailure): unknown {
    const isOfCheck = error instanceof GryphError && error.code === 'NOT_FINITE'
    if (!(error instanceof NotFiniteStep) && !isOfCheck) return undefined
    const [, what = 'a value is not finite'] =
      /^(?:\[[\w.]+\] )?(.*? is (?:NaN|-?Infinity)(?: at .*? of shape \[[\d, ]*\])?)/.exec(error.message) ?? []
    const found = findNonFinite(fn, batch)
    return lossNotFinite(
      `[fit] ${what} in step ${step + 1}, epoch ${epoch}, batch ${stepInEpoch + 1}. ${this.#causeText(found)} ` +
        'Parameters and state are as they were before that step.',
      error,
    )
  }

  #causeText(found: NonFinite | undefined): string {
    if (!found)
      return 'Run eagerly once more, the step gave nothing that is not finite: it depends on more than its batch.'
    if (found.kind === 'argument')
      return `Argument ${found.position} of the step has ${found.is}: the data is not finite. Clean it before training.`
    if (found.kind === 'variable')
      return `${this.#nameOf(found.variable)} was ${found.is} before it. ${this.#module ? 'Look at where it was made.' : 'nanWatch({ module }) finds the step that made it so.'}`
    const later = found.thenNan ? `, and ${siteText(found.thenNan)} made NaN of it` : ''
    const from = found.from ? `, computed from ${siteText(found.from)}` : ''
    return `The first op that gave such a value is ${siteText(found)}${from}: ${found.is}${later}. Keep its operands in range, or lower the learning rate.`
  }

  #nameOf(variable: Tensor | undefined): string {
    const [name] = this.#named().find(([, each]) => each === variable) ?? []
    return name === undefined ? 'A variable that it reads' : `Parameter ${name}`
  }

  #named(): [string, Tensor][] {
    return this.#module?.namedParameters() ?? []
  }
}

const siteText = ({ op, source }: { readonly op: string; readonly source: string | undefined }): string =>
  source === undefined ? op : `${op} at ${source}`

/**
 * Ends a training at the first step whose loss is NaN or infinite, with the op that began it and its line. Such a step changes nothing: neither
 * parameters, nor the optimizer's state, nor random numbers. In a compiled step the check is part of the program.
 *
 * @throws LOSS_NOT_FINITE from `fit`
 * @example callbacks: [train.nanWatch({ module: net })]
 */
export function nanWatch(options: NanWatchOptions = {}): Callback {
  checkOptions('nanWatch', options, ['module'])
  return new NanWatch(options)
}
