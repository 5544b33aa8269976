import { isFloat, type Dtype } from '../../base/dtype.ts'
import { any, constant, isInteger, isSplat, node, someConstant } from '../pattern.ts'
import { rule, type Rule } from '../rule.ts'

const x = any('x')
const y = any('y')
const float = any('x', isFloat)
const integer = any('x', isInteger)

/** Whether `value` is ±2ᵏ and its reciprocal is a number of the dtype, so that dividing by it is the same as multiplying. */
function hasExactReciprocal(value: number, dtype: Dtype): boolean {
  const reciprocal = 1 / value
  return (
    isFloat(dtype) &&
    isPowerOfTwo(Math.abs(value)) &&
    isPowerOfTwo(Math.abs(dtype === 'float32' ? Math.fround(reciprocal) : reciprocal))
  )
}

function isPowerOfTwo(value: number): boolean {
  const exponent = Math.round(Math.log2(value))
  return Number.isFinite(exponent) && 2 ** exponent === value
}

/** Identities that hold for every number of the dtypes they name, NaN and signed zeros included. Integers wrap. */
export const arithmeticRules: readonly Rule[] = [
  rule('mul-one', node('mul', x, constant(1)), ({ x }) => x), // x · 1 = x
  rule('mul-minus-one', node('mul', x, constant(-1)), ({ x }, { make }) => make('neg', [x])), // x · (−1) = −x
  rule('div-one', node('div', x, constant(1)), ({ x }) => x), // x / 1 = x
  rule('div-minus-one', node('div', x, constant(-1)), ({ x }, { make }) => make('neg', [x])), // x / (−1) = −x
  // x / 2ᵏ = x · 2⁻ᵏ: both round the same real number
  rule(
    'div-power-of-two',
    node('div', x, someConstant('c', hasExactReciprocal, [2, 0.5, -4, 2 ** 126, 2 ** -127, 2 ** 127])),
    ({ x, c }, { make, constant }) => (isSplat(c) ? make('mul', [x, constant(1 / c.value, c.type)]) : undefined),
  ),
  rule('add-negative-zero', node('add', float, constant(-0)), ({ x }) => x), // x + (−0) = x, but x + 0 ≠ x at −0
  rule('add-integer-zero', node('add', integer, constant(0)), ({ x }) => x), // x + 0 = x where there is no −0
  rule('sub-zero', node('sub', x, constant(0)), ({ x }) => x), // x − 0 = x, but x − (−0) ≠ x at −0
  rule('negative-zero-minus', node('sub', constant(-0), float), ({ x }, { make }) => make('neg', [x])), // (−0) − x = −x
  rule('integer-zero-minus', node('sub', constant(0), integer), ({ x }, { make }) => make('neg', [x])), // 0 − x = −x
  rule('mul-integer-zero', node('mul', integer, constant(0)), (_, { found, constant }) => constant(0, found.type)), // x · 0 = 0 where there is no NaN
  rule('sub-integer-self', node('sub', integer, integer), (_, { found, constant }) => constant(0, found.type)), // x − x = 0 where there is no ∞
  rule('neg-neg', node('neg', node('neg', x)), ({ x }) => x), // −(−x) = x
  rule('add-neg', node('add', x, node('neg', y)), ({ x, y }, { make }) => make('sub', [x, y])), // x + (−y) = x − y
  rule('sub-neg', node('sub', x, node('neg', y)), ({ x, y }, { make }) => make('add', [x, y])), // x − (−y) = x + y
  rule('mul-neg-neg', node('mul', node('neg', x), node('neg', y)), ({ x, y }, { make }) => make('mul', [x, y])), // (−x) · (−y) = x · y
  rule('div-neg-neg', node('div', node('neg', x), node('neg', y)), ({ x, y }, { make }) => make('div', [x, y])), // (−x) / (−y) = x / y
  // (−x) · c = x · (−c)
  rule(
    'mul-neg-constant',
    node(
      'mul',
      node('neg', float),
      someConstant('c', () => true, [3, -0.5, 0, Infinity]),
    ),
    ({ x, c }, { make, constant }) => (isSplat(c) ? make('mul', [x, constant(-c.value, c.type)]) : undefined),
  ),
  rule('abs-abs', node('abs', node('abs', x)), (_, { found }) => found.operands[0]), // ||x|| = |x|
  rule('abs-neg', node('abs', node('neg', float)), ({ x }, { make }) => make('abs', [x])), // |−x| = |x|
  rule('relu-relu', node('relu', node('relu', x)), (_, { found }) => found.operands[0]), // relu(relu(x)) = relu(x)
  rule('relu-abs', node('relu', node('abs', float)), (_, { found }) => found.operands[0]), // relu(|x|) = |x|
  rule('maximum-self', node('maximum', x, x), ({ x }) => x), // maximum(x, x) = x
  rule('minimum-self', node('minimum', x, x), ({ x }) => x), // minimum(x, x) = x
  rule('floor-floor', node('floor', node('floor', x)), (_, { found }) => found.operands[0]), // ⌊⌊x⌋⌋ = ⌊x⌋
]
