import { describe, expect, test } from 'vitest'
import { applyOp } from '../../src/frontend/eager.ts'
import { slice, tensor, type Tensor } from '../../src/index.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { ulpDistance, type HostArray } from './host-array.ts'
import { samples } from './samples.ts'

interface Sample {
  readonly operands: readonly HostArray[]
  readonly attrs: Attrs
  readonly expected: HostArray
  readonly ulp?: number
}
const names = Object.keys(samples) as OpName[] // the keys of the table

const rowMajor = ({ dtype, shape, elements }: HostArray): Tensor => tensor([...elements], { dtype, shape })
/** The same elements, last one first in memory. */
const backwards = ({ dtype, shape, elements }: HostArray): Tensor =>
  slice(
    tensor(elements.toReversed(), { dtype, shape }),
    shape.map(() => [null, null, -1]),
  )
/** The same elements in memory that has them interleaved with others along every axis. */
const interleaved = ({ dtype, shape, elements }: HostArray): Tensor =>
  slice(
    applyOp('pad', [tensor([...elements], { dtype, shape })], {
      shape: shape.map((size) => 2 * size + 1),
      starts: shape.map(() => 1),
      steps: shape.map(() => 2),
      value: 1,
    }),
    shape.map((size) => [1, 2 * size + 1, 2]),
  )

describe.each(names)('%s run eagerly', (op) => {
  describe.each([
    ['row-major', rowMajor],
    ['backwards', backwards],
    ['interleaved', interleaved],
  ])('on operands that lie %s', (_, make) => {
    test.each(samples[op] as readonly Sample[])('gives sample %#', ({ operands, attrs, expected, ulp = 0 }) => {
      const result = applyOp(op, operands.map(make), attrs)
      expect({ dtype: result.dtype, shape: result.shape }).toEqual({ dtype: expected.dtype, shape: expected.shape })
      const elements = Array.from(result.data())
      const wrong = elements.filter((element, i) => ulpDistance(element, expected.elements[i]!, expected.dtype) > ulp)
      expect(wrong, `${elements.join(', ')} for ${expected.elements.join(', ')}`).toEqual([])
    })
  })
})

test.each([
  [
    'INDEX_OUT_OF_RANGE',
    '[gather] index 3 is out of range for axis 1 of size 3. Use -3 … 2.',
    'gather',
    [[2, 3], [3]],
    { axis: 1 },
  ],
  [
    'INDEX_OUT_OF_RANGE',
    '[gather] index -3 is out of range for axis 0 of size 2. Use -2 … 1.',
    'gather',
    [[2, 3], [-3]],
    { axis: 0 },
  ],
  [
    'INDEX_OUT_OF_RANGE',
    '[scatterAdd] index 9 is out of range for axis 0 of size 4. Use -4 … 3.',
    'scatterAdd',
    [[1, 3], [9]],
    { axis: 0, size: 4 },
  ],
  [
    'LABEL_OUT_OF_RANGE',
    '[oneHot] label -1 is out of range for 3 classes. Use 0 … 2.',
    'oneHot',
    [undefined, [-1]],
    { depth: 3, dtype: 'float32' },
  ],
] as const)('%s: %s', (code, message, op, [shape, indices], attrs) => {
  const at = tensor([...indices], { dtype: 'int32' })
  const operands = shape ? [tensor(new Float32Array(shape[0] * shape[1]), { shape }), at] : [at]
  let thrown: unknown
  try {
    applyOp(op, operands, { ...attrs })
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ name: 'GryphError', code, message: expect.stringContaining(message) })
})

test('pad tells fill values apart that JSON writes alike', () => {
  const fill = (value: number): unknown =>
    applyOp('pad', [tensor([1])], { shape: [2], starts: [0], steps: [1], value }).data()[1]
  expect([Infinity, -Infinity, NaN, 0, -0].map(fill)).toEqual([Infinity, -Infinity, NaN, 0, -0])
})
