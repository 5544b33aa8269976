import { dtypes, type Dtype } from '../../base/dtype.ts'
import { any, node, withAttrs } from '../pattern.ts'
import { rule, type Rule } from '../rule.ts'

/** The dtypes that hold every number of a dtype, so that a cast to them and on is a cast to the last. */
const widerThan: { readonly [D in Dtype]: readonly Dtype[] } = {
  bool: ['uint8', 'int32', 'float32', 'float64'],
  uint8: ['int32', 'float32', 'float64'],
  int32: ['float64'],
  float32: ['float64'],
  float64: [],
}

const castToEach = withAttrs('cast', () => dtypes.map((dtype) => ({ dtype })))
const x = any('x')

/** Copies and casts that change nothing. */
export const conversionRules: readonly Rule[] = [
  rule('copy-same', node('copy', x), ({ x }) => x), // a copy is the value; passes that place values in memory add copies later
  rule('cast-to-same', node(castToEach, x), ({ x }) => x), // T(x) = x where x is a T already
  // U(T(x)) = U(x) where T holds every number of x's dtype
  rule('cast-through-wider', node(castToEach, node(castToEach, x)), ({ x }, { found, make }) =>
    widerThan[x.type.dtype].includes(found.operands[0]!.type.dtype) ? make('cast', [x], found.attrs) : undefined,
  ),
]
