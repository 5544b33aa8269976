import { zeros } from '../frontend/fill.ts'
import { Tensor } from '../frontend/tensor.ts'
import { exportOptionInvalid } from './errors.ts'
import type { InputForm, ShapeForm } from './options.ts'

/** An argument of a form; nothing is computed with its elements. @throws OPTION_INVALID */
export function exampleOf(form: InputForm, where?: string): unknown {
  if (form instanceof Tensor || form === null || typeof form !== 'object') return form
  if (Array.isArray(form)) return form.map((inner: InputForm) => exampleOf(inner, where))
  if (isShapeForm(form)) return zeros(form.shape, { dtype: form.dtype ?? 'float32' })
  if (Object.getPrototypeOf(form) !== Object.prototype)
    throw exportOptionInvalid(
      'inputs',
      'not understood',
      'tensors, numbers, { shape, dtype }, and arrays and objects of these',
      where,
    )
  return Object.fromEntries(Object.entries(form).map(([key, inner]) => [key, exampleOf(inner as InputForm, where)])) // checked by the call itself
}

const isShapeForm = (form: object): form is ShapeForm => 'shape' in form && Array.isArray(form.shape)
