import { describe, expect, test } from 'vitest'
import { dtypeInfo } from '../../src/base/dtype.ts'
import { makeNode } from '../../src/ir/builder.ts'
import type { GraphInput } from '../../src/ir/graph.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { ulpDistance, type HostArray } from '../ops/host-array.ts'
import { samples } from '../ops/samples.ts'
import { evaluateNode } from './evaluate.ts'

interface Sample {
  readonly operands: readonly HostArray[]
  readonly attrs: Attrs
  readonly expected: HostArray
  readonly ulp?: number
}
const inputOf = ({ dtype, shape }: HostArray, i: number): GraphInput => ({
  op: 'input',
  role: 'argument',
  name: `x${i}`,
  type: { dtype, shape },
})

describe.each(Object.keys(samples) as OpName[])('the reference of %s', (op) => {
  test.each(samples[op] as readonly Sample[])('gives sample %#', ({ operands, attrs, expected, ulp = 0 }) => {
    const elements = operands.map((operand) => new dtypeInfo[operand.dtype].array(operand.elements))
    const result = evaluateNode(makeNode(op, operands.map(inputOf), attrs), elements)
    const wrong = Array.from(result, (x, i) => [x, expected.elements[i]!] as const).filter(
      ([x, y]) => ulpDistance(x, y, expected.dtype) > ulp,
    )
    expect(wrong).toEqual([])
  })
})
