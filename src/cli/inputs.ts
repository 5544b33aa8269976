import { isDtype, isFloat } from '../base/dtype.ts'
import { zeros } from '../frontend/fill.ts'
import { randn } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import type { InputForm } from '../export/index.ts'
import { UsageError } from './errors.ts'

/** `--input NAME=FORM`: `x=float32[32,784]`, `rate=0.1`, `flag=true`. @throws UsageError */
export function inputsOf(texts: readonly string[]): Record<string, InputForm> {
  const forms = new Map<string, InputForm>()
  for (const text of texts) {
    const equals = text.indexOf('=')
    if (equals < 1) throw new UsageError(`--input ${text} has no name. Write --input x=float32[1,784].`)
    const name = text.slice(0, equals)
    if (forms.has(name)) throw new UsageError(`--input ${name} is there twice.`)
    forms.set(name, formOf(text.slice(equals + 1), text))
  }
  return Object.fromEntries(forms)
}

function formOf(form: string, text: string): InputForm {
  if (form === 'true' || form === 'false') return form === 'true'
  if (form !== '' && Number.isFinite(Number(form))) return Number(form)
  const match = /^(\w+)\[\s*((?:\d+\s*(?:,\s*\d+\s*)*)?)\]$/.exec(form)
  const dtype = match?.[1]
  if (!match || !isDtype(dtype))
    throw new UsageError(`--input ${text} is not understood. Write a dtype and sizes, float32[1,784], or a number.`)
  const sizes = match[2]!.trim()
  return { dtype, shape: sizes === '' ? [] : sizes.split(',').map(Number) }
}

/** Elements for a form: normal numbers, and zeros for integers. */
export function argumentOf(form: InputForm): Tensor | number | boolean | string {
  if (typeof form !== 'object') return form
  const { shape, dtype = 'float32' } = form as { shape: readonly number[]; dtype?: Parameters<typeof isFloat>[0] } // made above
  return isFloat(dtype) ? randn(shape).cast(dtype) : zeros(shape, { dtype })
}
