import { currentInterpreter, type Value } from '../interpreter.ts'
import { valueOf, type Operand } from './operands.ts'

/** Fails where an element of `condition` is false. @throws GryphError ASSERTION_FAILED */
export const assertTrue = (condition: Operand, message: string): Value =>
  currentInterpreter().apply('assertion', [valueOf('debug.assert', condition)], { test: 'true', message })

/** Fails where an element of `pivots` is 0. @throws GryphError MATRIX_SINGULAR */
export const assertPivots = (pivots: Operand, where: string): Value =>
  currentInterpreter().apply('assertion', [valueOf(where, pivots)], { test: 'pivot', message: where })

/** Fails where an element of `x` is NaN or infinite. @throws GryphError NOT_FINITE */
export const assertFinite = (x: Operand, name: string): Value =>
  currentInterpreter().apply('assertion', [valueOf('debug.checkFinite', x)], { test: 'finite', message: name })
