import { noGrad } from '../frontend/context.ts'
import { Tensor } from '../frontend/tensor.ts'
import { Module } from '../nn/module.ts'
import { batchWithoutTarget, metricInvalid, predictionInvalid } from './errors.ts'
import { checkLoader, checkNotEmpty, isPromise, openBatches, type Loader } from './loader.ts'
import type { Metric } from './metrics/metric.ts'
import { nextTask } from './interrupt.ts'

/** What predicts: a module, or a function of a batch's inputs. */
export type Predictor = Module | ((...inputs: never[]) => Tensor)

type Metrics = Readonly<Record<string, Metric<unknown>>>
/** What metrics compute, by name. */
export type Evaluation<M extends Metrics> = { -readonly [K in keyof M]: ReturnType<M[K]['compute']> }

const yieldEveryMs = 50

/**
 * Measures predictions over all batches, without gradients. The last item of a batch is what is right, the others are what `predict` is called
 * with. A module predicts in evaluation mode, and is in its own mode again afterwards.
 *
 * @throws LOADER_INVALID, LOADER_EMPTY, BATCH_INVALID, METRIC_INVALID, PREDICTION_INVALID, and errors of the metrics
 * @example const { accuracy } = await train.evaluate(net, testBatches, { accuracy: train.accuracy() })
 */
export async function evaluate<M extends Metrics>(
  predict: Predictor,
  loader: Loader<readonly Tensor[]>,
  metrics: M,
): Promise<Evaluation<M>> {
  const isModule = predict instanceof Module
  if (!isModule && typeof predict !== 'function') throw predictionInvalid('what predicts', predict)
  checkLoader('evaluate', loader)
  const entries = Object.entries(metrics)
  for (const [name, metric] of entries) {
    const given: Partial<Metric<unknown>> | undefined | null = metric
    if (typeof given?.update !== 'function' || typeof given.compute !== 'function') throw metricInvalid(name, metric)
    metric.reset()
  }
  const call = (isModule ? predict.forward.bind(predict) : predict) as (...inputs: readonly Tensor[]) => unknown // checked at run time
  const inTraining = new Set(isModule ? predict.modules().filter((module) => module.training) : [])
  let batchCount = 0
  let yieldMs = performance.now()
  const batches = await openBatches('evaluate', loader, 1)
  if (isModule) predict.eval()
  try {
    for (;;) {
      const coming = batches.next()
      const next = isPromise(coming) ? await coming : coming
      if (next.done) break
      measure(call, next.value, entries)
      batchCount++
      if (performance.now() - yieldMs < yieldEveryMs) continue
      await nextTask()
      yieldMs = performance.now()
    }
  } finally {
    // Each part as it was: some may have been in evaluation mode for good.
    if (isModule) for (const part of predict.modules()) part.train(inTraining.has(part)) // outer parts first
  }
  checkNotEmpty('evaluate', batchCount, 1, loader)
  return Object.fromEntries(entries.map(([name, metric]) => [name, metric.compute()])) as Evaluation<M> // by name
}

function measure(
  call: (...inputs: readonly Tensor[]) => unknown,
  batch: readonly Tensor[],
  metrics: readonly (readonly [string, Metric<unknown>])[],
): void {
  if (!Array.isArray(batch) || batch.length < 2) throw batchWithoutTarget(batch)
  const target = batch.at(-1)
  const prediction = noGrad(() => call(...batch.slice(0, -1)))
  if (!(prediction instanceof Tensor)) throw predictionInvalid('a prediction', prediction)
  if (!(target instanceof Tensor)) throw predictionInvalid('a target', target)
  for (const [, metric] of metrics) metric.update(prediction, target)
}
