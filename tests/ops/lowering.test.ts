import { describe, expect, test } from 'vitest'
import type { OpName } from '../../src/ops/table.ts'
import { recordOf } from '../../src/ops/registry.ts'
import { ulpDistance, type HostArray } from './host-array.ts'
import { evaluateLowering } from './lowering-evaluator.ts'
import { samples, type OpSample } from './samples.ts'
import { register, scalarEvaluator, held } from './scalar-evaluator.ts'
import { threefry, type Words } from '../../src/ops/families/threefry.ts'

const names = Object.keys(samples) as OpName[] // the keys of the table
const samplesOf = (op: OpName) =>
  samples[op] as unknown as readonly (Omit<OpSample<OpName>, 'operands'> & { operands: readonly HostArray[] })[] // a union over ops

describe('lowering', () => {
  for (const op of names) {
    const { kind } = recordOf(op)
    if (kind === 'reduction' || kind === 'contraction') continue
    samplesOf(op).forEach(({ operands, attrs, expected, ulp = 0 }, i) => {
      test(`${op} gives sample ${i} when its lowering is carried out`, () => {
        const actual = evaluateLowering(op, operands, { ...attrs })!
        expect({ dtype: actual.dtype, shape: actual.shape }).toEqual({ dtype: expected.dtype, shape: expected.shape })
        // JavaScript's functions are rounded twice in float32 here; erf is a plain quadrature.
        const allowed = op === 'erf' ? 1e6 : ulp
        const wrong = actual.elements.filter(
          (element, at) => ulpDistance(element, expected.elements[at]!, expected.dtype) > allowed,
        )
        expect(wrong, `${actual.elements.join(', ')} for ${expected.elements.join(', ')}`).toEqual([])
      })
    })
  }

  test.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [-1, -1],
      [-1, -1],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ])('Threefry-2x32-20 of key %j and counter %j is the published %j', (key, counter, published) => {
    const words = (pair: readonly number[]): Words => [register('i32', pair[0]!), register('i32', pair[1]!)]
    expect(threefry(scalarEvaluator, words(key), words(counter)).map((word) => held(word).value >>> 0)).toEqual(
      published,
    )
  })
})
