import type { TypedArray } from '../../base/dtype.ts'
import { userFrames, type UserFrame } from '../../base/errors.ts'
import type { TensorType } from '../../base/shape.ts'
import { context } from '../context.ts'
import { scalarTensor } from '../eager.ts'
import { notATensor } from '../errors.ts'
import { formatTensor } from '../format.ts'
import { Tensor } from '../tensor.ts'
import type { PrintEffect } from './effects.ts'

/**
 * Prints a tensor with the line of the call, in eager and in compiled code: compiled calls print when they are done, in the order of the
 * function, and, where they fail, up to the op that failed.
 *
 * @example debug.print('loss', loss) // loss = tensor(0.25, dtype=float32)  (train.ts:12:3)
 */
export function print(value: Tensor | number): void
export function print(label: string, value: Tensor | number): void
export function print(...given: [Tensor | number] | [string, Tensor | number]): void {
  const [label, value] = given.length === 1 ? [undefined, given[0]] : given
  const tensor = typeof value === 'number' ? scalarTensor(value, 'float64', true) : value
  if (!(tensor instanceof Tensor)) throw notATensor('debug.print', tensor)
  tensor.ensureUsable()
  const { recorder, deferral } = context
  const frames = recorder ? recorder.effects.frames() : userFrames()
  const isNumber = tensor.weak
  if (recorder && !recorder.isVoid) {
    recorder.scope.effects.push({ kind: 'print', label, value: recorder.valueOf(tensor), isNumber, frames })
    recorder.effects.isLate ||= recorder.scope.parent !== undefined
    if (recorder.scope.parent) return // of each run of the region
  }
  const printNow = (): void => show(label, tensor.copyElements(), tensor.type, isNumber, frames)
  if (recorder?.effects.isLate && deferral?.later(printNow)) return
  deferral?.computeNow([tensor])
  printNow()
}

/** Prints what a compiled call left for it. */
export function printEffect({ label, value, isNumber, frames }: PrintEffect, elements: TypedArray): void {
  show(label, elements, value.type, isNumber, frames)
}

function printedText(
  label: string | undefined,
  elements: TypedArray,
  { shape, dtype }: TensorType,
  isNumber: boolean,
  frames: readonly UserFrame[],
): string {
  const text = isNumber ? String(elements[0]) : formatTensor(elements, shape, dtype)
  const place = frames[0] ? `(${frames[0].location})` : ''
  if (text.includes('\n')) return `${[label, place].filter(Boolean).join('  ')}\n${text}`
  return [label === undefined ? text : `${label} = ${text}`, place].filter(Boolean).join('  ')
}

let isMuted = false
/** How many prints there were, skipped ones included. */
let passed = 0
/** How many prints to come have come out before. */
let toSkip = 0

/** What one `debug.print` is given. */
export interface Printed {
  readonly label: string | undefined
  readonly type: TensorType
  readonly elements: TypedArray
}

/** Who is told of prints. */
let listener: Printed[] | undefined

function show(...print: Parameters<typeof printedText>): void {
  const [label, elements, type] = print
  listener?.push({ label, elements, type })
  if (isMuted) return
  passed++
  if (toSkip > 0) toSkip--
  else console.log(printedText(...print))
}

/** Runs `body`, and adds to `list` what it prints. */
export function notingPrints<R>(list: Printed[], body: () => R): R {
  const before = listener
  listener = list
  try {
    return body()
  } finally {
    listener = before
  }
}

/** Runs `body` a second time, as it were: what it prints has been printed, or will be. */
export function withoutPrints<R>(body: () => R): R {
  const before = isMuted
  isMuted = true
  try {
    return body()
  } finally {
    isMuted = before
  }
}

export const printCount = (): number => passed

/** Runs `body` again from its beginning: what it has printed since there were `count` prints is not printed again. */
export function withoutPrintsSince<R>(count: number, body: () => R): R {
  toSkip = passed - count
  try {
    return body()
  } finally {
    toSkip = 0
  }
}
