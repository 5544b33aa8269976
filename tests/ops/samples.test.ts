import { describe, expect, test } from 'vitest'
import { applyOp } from '../../src/frontend/eager.ts'
import { reshape, tensor, type Tensor } from '../../src/index.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { ulpDistance, type HostArray } from './host-array.ts'
import { samples } from './samples.ts'

const names = Object.keys(samples) as OpName[] // the keys of the table
const eager = ({ dtype, shape, elements }: HostArray): Tensor => reshape(tensor([...elements], { dtype }), shape)

describe.each(names)('%s run eagerly', (op) => {
  test.each(samples[op] as readonly { operands: readonly HostArray[]; attrs: Attrs; expected: HostArray; ulp?: number }[])('gives sample %#', ({ operands, attrs, expected, ulp = 0 }) => {
    const result = applyOp(op, operands.map(eager), attrs)
    expect({ dtype: result.dtype, shape: result.shape }).toEqual({ dtype: expected.dtype, shape: expected.shape })
    const elements = Array.from(result.data())
    const wrong = elements.filter((element, i) => ulpDistance(element, expected.elements[i]!, expected.dtype) > ulp)
    expect(wrong, `${elements.join(', ')} for ${expected.elements.join(', ')}`).toEqual([])
  })
})
