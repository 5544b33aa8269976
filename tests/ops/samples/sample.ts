import type { Arity, OpName, OpTable } from '../../../src/ops/table.ts'
import type { HostArray } from '../host-array.ts'

/** One call of an op, with its result worked out without the op's own code. */
export interface OpSample<N extends OpName> {
  readonly operands: OperandsOf<OpTable[N]['arity']>
  readonly attrs: OpTable[N]['attrs']
  readonly expected: HostArray
  /** Largest accepted error, in units in the last place; 0 when left out, and then −0 is not 0. */
  readonly ulp?: number
}
type OperandsOf<A extends Arity> = A extends 0
  ? readonly []
  : A extends 1
    ? readonly [HostArray]
    : A extends 2
      ? readonly [HostArray, HostArray]
      : A extends 3
        ? readonly [HostArray, HostArray, HostArray]
        : readonly HostArray[]

/** Samples of some ops; at least one of each. */
export type SamplesOf<Names extends OpName> = { readonly [N in Names]: readonly [OpSample<N>, ...OpSample<N>[]] }
