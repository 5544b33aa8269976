import type { Dtype } from '../../base/dtype.ts'
import { placeRules } from '../padding/places.ts'
import type { GeneratorRecord, OpaqueRecord } from '../record.ts'
import type { ScalarBuilder, ScalarValue } from '../scalar-builder.ts'
import type { OpTable } from '../table.ts'
import { checkedShape, floats, requireDtype, requireState } from '../operand-types.ts'
import { advanceCounter, threefry, uniform53, type Words } from './threefry.ts'

type Distribution = OpTable['random']['attrs']['distribution']

const resultDtypes: { readonly [D in Distribution]: readonly Dtype[] } = {
  bits: ['int32'],
  uniform: floats,
  normal: floats,
}

/** (word ≫ 8)·2⁻²⁴: 24 bits in [0, 1). */
const uniform24 = (k: ScalarBuilder, word: ScalarValue): ScalarValue =>
  k.op('mul', k.cast(k.op('shrU', word, k.constant(8, 'int32')), 'int32', 'float32'), k.constant(2 ** -24, 'float32'))

/** Box–Muller: √(−2 ln(1 − u₁)) · cos(2π u₂) has the normal distribution for uniform u₁, u₂ in [0, 1). */
function normal(k: ScalarBuilder, words: Words, dtype: Dtype): ScalarValue {
  const [u1, u2] = words.map((word) =>
    dtype === 'float32'
      ? uniform24(k, word)
      : k.op('mul', k.fromUnsigned(word, 'float64'), k.constant(2 ** -32, 'float64')),
  ) as [ScalarValue, ScalarValue] // two words
  const logarithm = k.math('log', k.op('sub', k.constant(1, dtype), u1))
  const radius = k.op('sqrt', k.op('mul', k.constant(-2, dtype), logarithm))
  return k.op('mul', radius, k.math('cos', k.op('mul', k.constant(2 * Math.PI, dtype), u2)))
}

const draw: { readonly [D in Distribution]: (k: ScalarBuilder, block: Words, dtype: Dtype) => ScalarValue } = {
  bits: (_, [word]) => word,
  uniform: (k, block, dtype) => (dtype === 'float32' ? uniform24(k, block[0]) : uniform53(k, block)),
  normal,
}

export const randomRecords = {
  /** Element i comes from the block with counter = state counter + i, so any part of it can be computed alone. */
  random: {
    kind: 'random',
    padding: placeRules.random,
    infer: ([state], { shape, distribution, dtype }) => {
      requireState('random', state!)
      requireDtype('random', 'the dtype', dtype, resultDtypes[distribution])
      return { dtype, shape: checkedShape('random', shape) }
    },
    lower: (k, { distribution, dtype }) => {
      const [key0, key1, low, high] = [0, 1, 2, 3].map((word) => k.read(0, [k.at(word)])) as [
        ScalarValue,
        ScalarValue,
        ScalarValue,
        ScalarValue,
      ] // one per word of the state
      return draw[distribution](k, threefry(k, [key0, key1], advanceCounter(k, [low, high], k.linearIndex())), dtype)
    },
    vjp: 'not differentiable',
  } satisfies GeneratorRecord<OpTable['random']['attrs']>,

  /** Fisher–Yates; position i is swapped with ⌊u·(i+1)⌋, u from the block with counter = state counter + i. */
  permutation: {
    kind: 'opaque',
    padding: placeRules.permutation,
    infer: ([state], { size }) => {
      requireState('permutation', state!)
      return { dtype: 'int32', shape: checkedShape('permutation', [size]) }
    },
    lower: (steps, { size }) => {
      steps.shuffle(size, (k, i, read) => {
        const counter = advanceCounter(k, [read(0, 2), read(0, 3)], i)
        const u = uniform53(k, threefry(k, [read(0, 0), read(0, 1)], counter))
        // u·(i+1) < i+1 also after rounding, since u ≤ 1 − 2⁻⁵³. The cast drops the fraction.
        const count = k.cast(k.op('add', i, k.constant(1, 'int32')), 'int32', 'float64')
        return k.cast(k.op('mul', u, count), 'float64', 'int32')
      })
    },
    vjp: 'not differentiable',
  } satisfies OpaqueRecord<OpTable['permutation']['attrs']>,
}
