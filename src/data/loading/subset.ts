import type { Tensor } from '../../frontend/tensor.ts'
import type { Collated, Dataset } from './dataset.ts'
import { datasetInvalid, sampleOutOfRange } from './errors.ts'
import { tensorDataset } from './tensor-dataset.ts'

// The types are those of the overloads that call this.
export function datasetOf(where: string, given: unknown): Dataset<unknown, unknown> {
  if (Array.isArray(given)) return tensorDataset(...(given as Tensor[])) // checked there
  const dataset = given as Partial<Dataset<unknown, unknown>> | null // checked here
  if (
    typeof dataset !== 'object' ||
    dataset === null ||
    typeof dataset.get !== 'function' ||
    !Number.isSafeInteger(dataset.length) ||
    dataset.length! < 0
  )
    throw datasetInvalid(where, given)
  return dataset as Dataset<unknown, unknown>
}

/** The examples of `dataset` with the given numbers, as a dataset. @throws SAMPLE_OUT_OF_RANGE */
export function subset(dataset: readonly Tensor[], indices: ArrayLike<number>): Dataset<Tensor[], Tensor[]>
export function subset<Example, Batch = Collated<Example>>(
  dataset: Dataset<Example, Batch>,
  indices: ArrayLike<number>,
): Dataset<Example, Batch>
export function subset(given: unknown, indices: ArrayLike<number>): Dataset<unknown, unknown> {
  const dataset = datasetOf('subset', given)
  const kept = Int32Array.from(indices)
  for (let i = 0; i < kept.length; i++)
    if (kept[i] !== indices[i] || kept[i]! < 0 || kept[i]! >= dataset.length)
      throw sampleOutOfRange('subset', indices[i], dataset.length)
  const at = (index: number): number => {
    const found = kept[index]
    if (found === undefined) throw sampleOutOfRange('subset', index, kept.length)
    return found
  }
  const made: Dataset<unknown, unknown> = { length: kept.length, get: (index) => dataset.get(at(index)) }
  if (dataset.getBatch) made.getBatch = (chosen) => dataset.getBatch!(Int32Array.from(chosen as ArrayLike<number>, at))
  return made
}
