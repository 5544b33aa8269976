import type { Dtype } from '../../base/dtype.ts'
import { any, constant, isBool, isInteger, node } from '../pattern.ts'
import { rule, type Rule } from '../rule.ts'

const x = any('x')
const y = any('y')
const z = any('z')
const p = any('p', isBool)
const yes = constant(1, isBool)
const no = constant(0, isBool)
// A comparison with NaN is false, so only dtypes without NaN turn !(x < y) into x ≥ y.
const hasNoNaN = (dtype: Dtype): boolean => isInteger(dtype) || isBool(dtype)
const m = any('x', hasNoNaN)
const n = any('y', hasNoNaN)

/** Identities of truth values, comparisons and choices; a bool is 0 or 1. */
export const logicalRules: readonly Rule[] = [
  rule('not-not', node('logicalNot', node('logicalNot', p)), ({ p }) => p), // !!p = p
  rule('not-equal', node('logicalNot', node('equal', x, y)), ({ x, y }, { make }) => make('notEqual', [x, y])), // !(x = y) = (x ≠ y), NaN included
  rule('not-not-equal', node('logicalNot', node('notEqual', x, y)), ({ x, y }, { make }) => make('equal', [x, y])), // !(x ≠ y) = (x = y), NaN included
  rule('not-less', node('logicalNot', node('less', m, n)), ({ x, y }, { make }) => make('greaterEqual', [x, y])), // !(x < y) = (x ≥ y)
  rule('not-less-equal', node('logicalNot', node('lessEqual', m, n)), ({ x, y }, { make }) => make('greater', [x, y])), // !(x ≤ y) = (x > y)
  rule('not-greater', node('logicalNot', node('greater', m, n)), ({ x, y }, { make }) => make('lessEqual', [x, y])), // !(x > y) = (x ≤ y)
  rule('not-greater-equal', node('logicalNot', node('greaterEqual', m, n)), ({ x, y }, { make }) =>
    make('less', [x, y]),
  ), // !(x ≥ y) = (x < y)
  rule('less-self', node('less', x, x), (_, { found, constant }) => constant(0, found.type)), // x < x is false, NaN included
  rule('greater-self', node('greater', x, x), (_, { found, constant }) => constant(0, found.type)), // x > x is false, NaN included
  rule('equal-self', node('equal', m, m), (_, { found, constant }) => constant(1, found.type)), // x = x where there is no NaN
  rule('and-true', node('logicalAnd', p, yes), ({ p }) => p), // p ∧ 1 = p
  rule('and-false', node('logicalAnd', p, no), (_, { found, constant }) => constant(0, found.type)), // p ∧ 0 = 0
  rule('and-self', node('logicalAnd', p, p), ({ p }) => p), // p ∧ p = p
  rule('or-true', node('logicalOr', p, yes), (_, { found, constant }) => constant(1, found.type)), // p ∨ 1 = 1
  rule('or-false', node('logicalOr', p, no), ({ p }) => p), // p ∨ 0 = p
  rule('or-self', node('logicalOr', p, p), ({ p }) => p), // p ∨ p = p
  rule('xor-true', node('logicalXor', p, yes), ({ p }, { make }) => make('logicalNot', [p])), // p ⊕ 1 = !p
  rule('xor-false', node('logicalXor', p, no), ({ p }) => p), // p ⊕ 0 = p
  rule('xor-self', node('logicalXor', p, p), (_, { found, constant }) => constant(0, found.type)), // p ⊕ p = 0
  rule('where-true', node('where', yes, x, y), ({ x }) => x), // where(1, x, y) = x
  rule('where-false', node('where', no, x, y), ({ y }) => y), // where(0, x, y) = y
  rule('where-same', node('where', p, x, x), ({ x }) => x), // where(p, x, x) = x
  rule('where-not', node('where', node('logicalNot', p), x, y), ({ p, x, y }, { make }) => make('where', [p, y, x])), // where(!p, x, y) = where(p, y, x)
  // Inside the branch for p, p is known: where(p, where(p, x, y), z) = where(p, x, z)
  rule('where-where-then', node('where', p, node('where', p, x, y), z), ({ p, x, z }, { make }) =>
    make('where', [p, x, z]),
  ),
  // where(p, x, where(p, y, z)) = where(p, x, z)
  rule('where-where-else', node('where', p, x, node('where', p, y, z)), ({ p, x, z }, { make }) =>
    make('where', [p, x, z]),
  ),
]
