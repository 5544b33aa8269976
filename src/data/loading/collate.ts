import { dtypeInfo, type Dtype, type TypedArray } from '../../base/dtype.ts'
import { sameShape, shapeText, type Shape } from '../../base/shape.ts'
import { tensor } from '../../frontend/create.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { exampleUnsupported, examplesDiffer } from './errors.ts'

/** As deep as examples may be nested; it also ends the descent into one that contains itself. */
const deepest = 16

/**
 * One batch of examples: tensors, typed arrays and numbers are stacked along a new first axis, arrays and objects are taken apart, strings are listed.
 *
 * @throws EXAMPLES_DIFFER
 */
export const collate = (examples: readonly unknown[]): unknown => collateAt(examples, 'an example', 0)

function collateAt(examples: readonly unknown[], path: string, depth: number): unknown {
  const [first] = examples
  if (typeof first === 'string') return requireAll(examples, path, (each) => typeof each === 'string')
  if (typeof first === 'number' || typeof first === 'boolean') {
    const numbers = requireAll(examples, path, (each) => typeof each === typeof first)
    return tensor(numbers as (number | boolean)[]) // of one type
  }
  if (first instanceof Tensor)
    return stackRows(
      requireAll(examples, path, (each) => each instanceof Tensor && isAlike(each, first)) as Tensor[], // by the test
      first.dtype,
      first.shape,
      (each) => each.data(),
    )
  const dtype = dtypeOfArray(first)
  if (dtype !== undefined) {
    const { length } = first as TypedArray // it has a dtype
    const isLike = (each: unknown): boolean => dtypeOfArray(each) === dtype && (each as TypedArray).length === length // by its dtype
    return stackRows(requireAll(examples, path, isLike) as TypedArray[], dtype, [length], (each) => each) // by the test
  }
  if (typeof first !== 'object' || first === null || depth === deepest) throw exampleUnsupported(path, first)
  return collateParts(examples, first, path, depth)
}

function collateParts(examples: readonly unknown[], first: object, path: string, depth: number): unknown {
  const isList = Array.isArray(first)
  const prototype: unknown = Object.getPrototypeOf(first)
  if (!isList && prototype !== Object.prototype && prototype !== null) throw exampleUnsupported(path, first)
  const keys = Object.keys(first)
  const parts = requireAll(
    examples,
    path,
    (each) =>
      typeof each === 'object' &&
      each !== null &&
      Array.isArray(each) === isList &&
      Object.keys(each).length === keys.length &&
      keys.every((key) => Object.hasOwn(each, key)),
  ) as Record<string, unknown>[] // objects, by the test
  const collated = keys.map((key): [string, unknown] => {
    const part = isList ? `${path}[${key}]` : `${path}.${key}`
    return [
      key,
      collateAt(
        parts.map((each) => each[key]),
        part,
        depth + 1,
      ),
    ]
  })
  return isList ? collated.map(([, part]) => part) : Object.fromEntries(collated)
}

function stackRows<Row>(rows: readonly Row[], dtype: Dtype, shape: Shape, read: (row: Row) => TypedArray): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const elements = new dtypeInfo[dtype].array(rows.length * size)
  rows.forEach((row, i) => elements.set(read(row), i * size))
  return tensorOf(dtype, [rows.length, ...shape], elements)
}

function requireAll(examples: readonly unknown[], path: string, test: (each: unknown) => boolean): readonly unknown[] {
  const odd = examples.findIndex((each) => !test(each))
  if (odd >= 0) throw examplesDiffer(path, kindOf(examples[0]), odd, kindOf(examples[odd]))
  return examples
}

const isAlike = (a: Tensor, b: Tensor): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape)

const dtypeOfArray = (value: unknown): Dtype | undefined =>
  value instanceof Float32Array
    ? 'float32'
    : value instanceof Float64Array
      ? 'float64'
      : value instanceof Int32Array
        ? 'int32'
        : value instanceof Uint8Array
          ? 'uint8'
          : undefined

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype} ${shapeText(value.shape)}`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as Uint8Array).length}` // a DataView has none
  if (typeof value === 'object' && value !== null) return `an object with ${Object.keys(value).join(', ') || 'nothing'}`
  return typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`
}
