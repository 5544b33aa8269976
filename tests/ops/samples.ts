import type { OpName } from '../../src/ops/table.ts'
import { binarySamples } from './samples/binary.ts'
import { blockSamples } from './samples/blocks.ts'
import type { SamplesOf } from './samples/sample.ts'
import { structureSamples } from './samples/structure.ts'
import { unarySamples } from './samples/unary.ts'

export type { OpSample } from './samples/sample.ts'

/** An op without samples is a type error here. */
export const samples: SamplesOf<OpName> = { ...unarySamples, ...binarySamples, ...structureSamples, ...blockSamples }
