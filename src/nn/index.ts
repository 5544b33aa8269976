export { bce, bceWithLogits, crossEntropy, huber, l1, mse, nll, smoothL1 } from '../frontend/functions/losses.ts'
export * from './activation-factories.ts'
export * from './activations.ts'
export { BatchNorm1d, BatchNorm2d, batchNorm1d, batchNorm2d, type BatchNormLayerOptions } from './batch-norm.ts'
export { Conv2d, conv2d, type Conv2dOptions } from './conv2d.ts'
export { Dropout, dropout } from './dropout.ts'
export { Embedding, embedding, type EmbeddingLayerOptions } from './embedding.ts'
export { Flatten, flatten } from './flatten.ts'
export { Gru, gru } from './gru.ts'
export * as init from './init.ts'
export { LayerNorm, layerNorm, type LayerNormOptions } from './layer-norm.ts'
export { Linear, linear, type LinearOptions } from './linear.ts'
export { Lstm, lstm, type LstmState } from './lstm.ts'
export { ModuleList, moduleList } from './module-list.ts'
export { Module, type Layer } from './module.ts'
export {
  MultiheadAttention,
  multiheadAttention,
  type AttentionCallOptions,
  type MultiheadAttentionOptions,
} from './multihead-attention.ts'
export { buffer, parameter, type StateOptions } from './parameter.ts'
export { AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, adaptiveAvgPool2d, avgPool2d, maxPool2d } from './pool.ts'
export type { CellWeights, RecurrentOptions } from './recurrent.ts'
export { Rnn, rnn, type RnnOptions } from './rnn.ts'
export { Sequential, sequential } from './sequential.ts'
export { summary, type Summary, type SummaryOptions, type SummaryRow } from './summary.ts'
export type { LoadResult, StateDict } from './state-dict.ts'
export {
  TransformerEncoderLayer,
  transformerEncoderLayer,
  type EncoderCallOptions,
  type TransformerEncoderLayerOptions,
} from './transformer-encoder-layer.ts'
