import type { Dtype, TypedArray } from '../base/dtype.ts'
import { contiguousStrides, elementCount, shapeText, type Shape } from '../base/shape.ts'
import { elementPrinter } from './format-elements.ts'

/** More elements than this are summarised: along long axes, only `edgeItems` at both ends are printed. */
const threshold = 1000
const edgeItems = 3
const lineWidth = 75
const prefix = 'tensor('

/** `tensor([[1., 2.],⏎        [3., 4.]], dtype=float32)`: elements, line breaks and summary as NumPy prints them. */
export function formatTensor(values: TypedArray, shape: Shape, dtype: Dtype): string {
  const count = elementCount(shape)
  const isSummary = count > threshold
  const start = `${prefix}${bodyText(values, shape, dtype, isSummary)},`
  const hidesShape = isSummary || (count === 0 && shape.length > 1)
  const end = `${hidesShape ? `shape=${shapeText(shape)}, ` : ''}dtype=${dtype})`
  const lastLine = start.length - (start.lastIndexOf('\n') + 1)
  return start + (lastLine + 1 + end.length > lineWidth ? `\n${' '.repeat(prefix.length)}` : ' ') + end
}

function bodyText(values: TypedArray, shape: Shape, dtype: Dtype, isSummary: boolean): string {
  if (elementCount(shape) === 0) return '[]'
  const shown = isSummary ? edgeValues(values, shape) : values
  const print = elementPrinter(shown, dtype)
  if (shape.length === 0) return print(values[0]!).trim()
  const sizes = isSummary ? shape.map(shownSize) : shape
  const strides = contiguousStrides(sizes)
  const lastAxis = shape.length - 1

  /** The part of `shown` that starts at `offset`; `indent` is what stands left of its bracket. */
  const partText = (axis: number, offset: number, indent: string): string => {
    const items: string[] = []
    const innerIndent = `${indent} `
    for (let i = 0; i < sizes[axis]!; i++) {
      if (i === edgeItems && sizes[axis] !== shape[axis]) items.push('...')
      const at = offset + i * strides[axis]!
      items.push(axis === lastAxis ? print(shown[at]!) : partText(axis + 1, at, innerIndent))
    }
    if (axis === lastAxis) return `[${wrap(items, innerIndent, lineWidth - ')]'.length - lastAxis)}]`
    return `[${items.join(`,${'\n'.repeat(lastAxis - axis)}${innerIndent}`)}]`
  }
  return partText(0, 0, ' '.repeat(prefix.length))
}

/** `words` with commas, on lines of at most `width` that start with `indent` (all but the first, which the caller has begun). */
function wrap(words: readonly string[], indent: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && indent.length + line.length + ', '.length + word.length > width) {
      lines.push(`${line},`)
      line = word
    } else line = line === '' ? word : `${line}, ${word}`
  }
  return [...lines, line].join(`\n${indent}`)
}

const shownSize = (size: number): number => Math.min(size, 2 * edgeItems)

/** The elements of a summary: both ends of every long axis, in row-major order. */
function edgeValues(values: TypedArray, shape: Shape): TypedArray {
  const strides = contiguousStrides(shape)
  let offsets = [0]
  shape.forEach((size, axis) => {
    const shown = shownSize(size)
    const indices = Array.from({ length: shown }, (_, i) => (i < edgeItems ? i : size - shown + i))
    offsets = offsets.flatMap((offset) => indices.map((index) => offset + index * strides[axis]!))
  })
  const edges = values.slice(0, offsets.length)
  offsets.forEach((offset, i) => (edges[i] = values[offset]!))
  return edges
}
