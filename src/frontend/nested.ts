import type { Dtype, TypedArray } from '../base/dtype.ts'
import { contiguousStrides, type Shape } from '../base/shape.ts'
import { dataInvalid, raggedArray } from './errors.ts'

/** What a tensor is made from: a number, nested arrays of one length per level, or typed arrays as the innermost rows. */
export type TensorData = number | boolean | TypedArray | readonly TensorData[]

/** Values as JavaScript arrays, one level per axis. */
export type NestedArray = number | boolean | NestedArray[]

export interface ParsedData {
  readonly shape: number[]
  /** Row-major; a typed array where the data was one, or had typed rows all of one type. May be the caller's own array. */
  readonly values: number[] | TypedArray
  /** `bool` where every element is a boolean. Among numbers, true and false count as 1 and 0. */
  readonly kind: 'bool' | 'number'
}

type List = readonly unknown[] | TypedArray

/** As many as NumPy takes. It also ends the descent into an array that contains itself. */
const deepest = 64
const typedArrayNames = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array']

const classNameOf = (value: unknown): string => Object.prototype.toString.call(value).slice('[object '.length, -1)
/** By name, so that typed arrays of another realm (a frame, a vm context) are as good. */
const isTyped = (value: unknown): value is TypedArray =>
  ArrayBuffer.isView(value) && typedArrayNames.includes(classNameOf(value))
const isList = (value: unknown): value is List => Array.isArray(value) || isTyped(value)

/** Shape and flat values of `data`. `where` names the call in messages. */
export function parseNested(data: TensorData, where: string): ParsedData {
  if (isTyped(data)) return { shape: [data.length], values: data, kind: 'number' }
  if (typeof data === 'number') return { shape: [], values: [data], kind: 'number' }
  if (typeof data === 'boolean') return { shape: [], values: [data ? 1 : 0], kind: 'bool' }
  if (!isList(data)) throw dataInvalid(where, 'data', describe(data))
  const shape: number[] = []
  let rows: readonly List[] = [data]
  for (;;) {
    const length = rows[0]!.length
    shape.push(length)
    checkLengths(rows, shape, where)
    if (length === 0 || !isList(rows[0]![0])) return { shape, ...flatten(rows, shape, where) }
    if (shape.length === deepest) throw dataInvalid(where, 'data', `nested more than ${deepest} levels deep`)
    rows = listsIn(rows, shape, where)
  }
}

/** All `rows` have the length of the last axis of `shape`. */
function checkLengths(rows: readonly List[], shape: Shape, where: string): void {
  const length = shape.at(-1)
  const odd = rows.findIndex((row) => row.length !== length)
  if (odd >= 0) throw ragged(where, odd, rows[odd], rows[0], shape.slice(0, -1))
}

/** The lists one level down, where `rows` are the lists of the last axis of `shape` and the first of them holds lists. */
function listsIn(rows: readonly List[], shape: Shape, where: string): List[] {
  const lists: List[] = []
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      const item = row[i]
      if (!isList(item)) throw misplaced(where, lists.length, item, rows[0]![0], shape)
      lists.push(item)
    }
  }
  return lists
}

/** The elements of the innermost `rows`. */
function flatten(rows: readonly List[], shape: Shape, where: string): Omit<ParsedData, 'shape'> {
  const size = shape.at(-1)!
  const joined = joinTyped(rows, size)
  if (joined) return { values: joined, kind: 'number' }
  const values = new Array<number>(rows.length * size)
  let booleans = 0
  let at = 0
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const item = row[i]
      if (typeof item === 'number') values[at++] = item
      else if (typeof item === 'boolean') {
        values[at++] = item ? 1 : 0
        booleans++
      } else throw misplaced(where, at, item, rows[0]![0], shape)
    }
  }
  return { values, kind: at > 0 && booleans === at ? 'bool' : 'number' }
}

/** `rows` end to end, where all are typed arrays of one type. */
function joinTyped(rows: readonly List[], size: number): TypedArray | undefined {
  const [first] = rows
  if (!isTyped(first)) return undefined
  const name = classNameOf(first)
  const typed = rows.filter(isTyped)
  if (typed.length < rows.length || typed.some((row) => classNameOf(row) !== name)) return undefined
  const Typed = first.constructor as new (length: number) => TypedArray // what every typed array's constructor is
  const joined = new Typed(rows.length * size)
  typed.forEach((row, i) => joined.set(row, i * size))
  return joined
}

/** The error for `item`, number `at` of the elements of `shape`, which is not of the sort that `first` is. */
const misplaced = (where: string, at: number, item: unknown, first: unknown, shape: Shape): Error =>
  isElement(item) || isList(item)
    ? ragged(where, at, item, first, shape)
    : dataInvalid(where, pathOf(at, shape), describe(item))

const ragged = (where: string, at: number, item: unknown, first: unknown, shape: Shape): Error =>
  raggedArray(where, `${pathOf(at, shape)} ${extent(item)}`, `${pathOf(0, shape)} ${extent(first)}`)

const isElement = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean'

const extent = (value: unknown): string =>
  isList(value) ? `has ${value.length} ${value.length === 1 ? 'element' : 'elements'}` : `is ${describe(value)}`

/** `a string`, `an object (Date)`, `undefined`. */
function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  // In a hybridized function these are numbers to who wrote it.
  if ('dtype' in value && 'shape' in value)
    return 'a tensor or a number argument; join those with stack([tensor(a), …])'
  return `an object (${value.constructor?.name || 'without class'})`
}

/** `data[1][2]` for element number `at` of `shape`, in row-major order. */
const pathOf = (at: number, shape: Shape): string =>
  `data${contiguousStrides(shape)
    .map((stride, axis) => `[${Math.floor(at / stride) % shape[axis]!}]`)
    .join('')}`

/** `values` (row-major) as nested arrays; a number or boolean for a 0-d shape, booleans for bool. */
export function toNested(values: TypedArray, shape: Shape, dtype: Dtype): NestedArray {
  const isBool = dtype === 'bool'
  const elementAt = (at: number): number | boolean => (isBool ? values[at] !== 0 : values[at]!)
  if (shape.length === 0) return elementAt(0)
  const strides = contiguousStrides(shape)
  const part = (axis: number, offset: number): NestedArray[] => {
    const items = new Array<NestedArray>(shape[axis]!)
    if (axis === shape.length - 1) for (let i = 0; i < items.length; i++) items[i] = elementAt(offset + i)
    else for (let i = 0; i < items.length; i++) items[i] = part(axis + 1, offset + i * strides[axis]!)
    return items
  }
  return part(0, 0)
}
