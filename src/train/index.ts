export type { Callback, Run, StepFailure } from './callback.ts'
export { Checkpoint, checkpoint, loadCheckpoint, type CheckpointOptions, type CheckpointParts } from './checkpoint.ts'
export { csvLog, type CsvLogOptions } from './csv-log.ts'
export { EarlyStopping, earlyStopping, type EarlyStoppingOptions } from './early-stopping.ts'
export { evaluate, type Evaluation, type Predictor } from './evaluate.ts'
export { fit, type FitOptions } from './fit.ts'
export { History, type EpochRecord } from './history.ts'
export { logLearningRate, onEpochMetric, type HasLearningRate } from './learning-rate.ts'
export type { BatchArguments, Batches, Loader } from './loader.ts'
export { accuracy, topK, type ThresholdOptions } from './metrics/accuracy.ts'
export {
  Confusion,
  confusionMatrix,
  f1,
  precision,
  recall,
  type ClassScoreOptions,
  type ConfusionOptions,
} from './metrics/confusion-matrix.ts'
export type { Metric } from './metrics/metric.ts'
export { meanAbsoluteError, meanLoss, meanSquaredError, r2 } from './metrics/regression.ts'
export type { MonitorMode } from './monitor.ts'
export { nanWatch, type NanWatchOptions } from './nan-watch.ts'
export type { ProgressOptions } from './progress.ts'
export type { Parts, Stateful } from './stateful.ts'
export type { StepResult } from './step-result.ts'
export { tensorboardLog, type TensorboardLogOptions } from './tensorboard-log.ts'
