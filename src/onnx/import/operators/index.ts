import type { OnnxNode } from '../../model.ts'
import type { Operator, OperatorTable } from '../node-call.ts'
import { activationOperators } from './activations.ts'
import { castOperators } from './casts.ts'
import { controlOperators } from './control.ts'
import { convolutionOperators } from './convolutions.ts'
import { elementwiseOperators } from './elementwise.ts'
import { gridOperators } from './grid-sample.ts'
import { indexingOperators } from './indexing.ts'
import { lossOperators } from './losses.ts'
import { normalizationOperators } from './normalizations.ts'
import { poolingOperators } from './pooling.ts'
import { productOperators } from './products.ts'
import { recurrentOperators } from './recurrent.ts'
import { reductionOperators } from './reductions.ts'
import { resizeOperators } from './resize.ts'
import { selectionOperators } from './selections.ts'
import { sequenceOperators } from './sequences.ts'
import { shapeOperators } from './shapes.ts'

/** The operators of ONNX's own domain that have a counterpart. A Map, so that no operator is called like a method of objects. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    activationOperators,
    castOperators,
    controlOperators,
    convolutionOperators,
    elementwiseOperators,
    gridOperators,
    indexingOperators,
    lossOperators,
    normalizationOperators,
    poolingOperators,
    productOperators,
    recurrentOperators,
    reductionOperators,
    resizeOperators,
    selectionOperators,
    sequenceOperators,
    shapeOperators,
  ].flatMap((table: OperatorTable) => Object.entries(table)),
)

export const operatorOf = ({ domain, opType }: OnnxNode): Operator | undefined =>
  domain === '' || domain === 'ai.onnx' ? operators.get(opType) : undefined

/** Inputs that say how an operator works, so that an initializer there is no weight. */
export const settings: ReadonlyMap<string, readonly number[]> = new Map([
  ['Clip', [1, 2]],
  ['Dropout', [1, 2]],
  ['OneHot', [1, 2]],
  ['Pad', [1, 2]],
  ['Range', [0, 1, 2]],
  ['Resize', [1, 2]],
  ['Upsample', [1]],
  ['QuantizeLinear', [1, 2]],
  ['DequantizeLinear', [1, 2]],
])
/** Inputs that are kept along with weights, but not trained. */
export const statistics: ReadonlyMap<string, readonly number[]> = new Map([['BatchNormalization', [3, 4]]])
