import { rewriteGraph } from '../rewrite/rewrite.ts'
import { exactRules } from '../rewrite/rules/exact.ts'
import type { Pass } from './pass.ts'

/**
 * Applies the exact rules of rewrite/rules until none applies.
 *
 * Before: %1 = mul(%x, %0) : f32[4], %0 the constant 1     After: %0 = sub(%y, %x) : f32[4]
 *         %2 = neg(%1) : f32[4]
 *         %3 = add(%2, %y) : f32[4]
 * Needs canonical forms to find the most. Leaves arithmetic of constants to constant folding. Cost: O(n · rules per op) a walk, few walks.
 */
export const simplify: Pass = {
  name: 'simplify',
  run: (graph, { hits }) => rewriteGraph(graph, exactRules, hits),
}
