import type { Tensor } from '../frontend/tensor.ts'
import type { Dtype } from '../base/dtype.ts'
import { mostThreads } from '../plan/control-block.ts'
import { exportOptionInvalid } from './errors.ts'
import type { Weights } from './state-names.ts'

/** What a tensor is like; float32 unless it says otherwise. */
export interface ShapeForm {
  readonly shape: readonly number[]
  readonly dtype?: Dtype
}

/** One argument of the call to export: an example, or what it is like. */
export type InputForm =
  | Tensor
  | number
  | ShapeForm
  | boolean
  | string
  | readonly InputForm[]
  | { readonly [key: string]: InputForm }

/** The arguments of a call, in order; as an object they have names of their own. */
export type InputForms = readonly InputForm[] | { readonly [parameter: string]: InputForm }

export interface ExportOptions {
  /** Of the files, and in error messages: letters, digits, `-` and `_`. */
  readonly name: string
  /**
   * What the function is called with, where it has not been called so yet: arguments in order, for instance `[{ shape: [1, 784] }]`, or by
   * the names that callers will use, `{ image: { shape: [1, 784] } }`. For several functions an object of these. By default all forms the
   * function has been called with.
   */
  readonly inputs?: InputForms | Readonly<Record<string, InputForms>>
  /** What names the state: a module, an optimizer, or an object of these, whose keys come before the names. */
  readonly weights?: Weights
  /** `files`: program and weights beside the module; `single`: both in it, as base64; `js`: no WebAssembly. Default `files`. */
  readonly format?: 'files' | 'single' | 'js'
  /** How many threads may run it, where shared memory is to be had; elsewhere, and in `loadSync`, it runs on one. Default 1. */
  readonly threads?: number
  /** Operations from which a kernel is split among threads, as an option of `hybridize`. */
  readonly splitFrom?: number
}

const optionNames = ['name', 'inputs', 'weights', 'format', 'threads', 'splitFrom', 'outDir']

/** @throws OPTION_INVALID */
export function checkExportOptions(options: ExportOptions): void {
  if (typeof options !== 'object' || options === null)
    throw exportOptionInvalid('name', 'missing', "an object: exportModule(fn, { name: 'predict' })")
  for (const name of Object.keys(options))
    if (!optionNames.includes(name)) throw exportOptionInvalid(name, 'not known', `one of ${optionNames.join(', ')}`)
  const { name, format = 'files' } = options
  if (typeof name !== 'string' || !/^[A-Za-z][\w-]*$/.test(name))
    throw exportOptionInvalid('name', JSON.stringify(name), 'letters, digits, - and _, with a letter first')
  if (!['files', 'single', 'js'].includes(format))
    throw exportOptionInvalid('format', JSON.stringify(format), "'files', 'single' or 'js'")
  const { inputs, splitFrom } = options
  if (inputs !== undefined && (typeof inputs !== 'object' || (inputs as object | null) === null))
    throw exportOptionInvalid('inputs', JSON.stringify(inputs), 'a list of arguments, or an object of them by name')
  if (splitFrom !== undefined && !(splitFrom >= 0))
    throw exportOptionInvalid('splitFrom', String(splitFrom), 'a number from 0 on')
  const { threads = 1 } = options
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    throw exportOptionInvalid('threads', JSON.stringify(threads), `a whole number from 1 to ${mostThreads}`)
  if (threads > 1 && format === 'js') throw exportOptionInvalid('threads', String(threads), "1 with format 'js'")
}
