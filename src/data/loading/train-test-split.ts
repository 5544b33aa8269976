import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import type { Collated, Dataset } from './dataset.ts'
import { loaderSeedInvalid, splitInvalid } from './errors.ts'
import { anySeed, IndexRandom, isSeed } from './index-random.ts'
import { datasetOf, subset } from './subset.ts'
import { tensorDataset, type TensorRows } from './tensor-dataset.ts'

export interface SplitOptions {
  /** Share of the examples, below 1 and rounded up, or a number of examples. Default 0.25. */
  readonly testSize?: number
  /** Default true. Otherwise the test examples are the last ones. */
  readonly shuffle?: boolean
  /** Decides which examples are test examples. Default: others in each process. */
  readonly seed?: number
}

export interface Split<Part> {
  readonly train: Part
  readonly test: Part
}

/**
 * Takes a data set, or the rows of tensors, apart into examples to learn from and examples to test with.
 *
 * @throws SPLIT_INVALID, DATASET_INVALID
 */
export function trainTestSplit<const Tensors extends readonly Tensor[]>(
  tensors: Tensors,
  options?: SplitOptions,
): Split<TensorRows<Tensors>>
export function trainTestSplit<Example, Batch = Collated<Example>>(
  dataset: Dataset<Example, Batch>,
  options?: SplitOptions,
): Split<Dataset<Example, Batch>>
export function trainTestSplit(given: unknown, options: SplitOptions = {}): Split<unknown> {
  checkOptions('trainTestSplit', options, ['testSize', 'shuffle', 'seed'])
  const { testSize = 0.25, shuffle = true, seed = anySeed() } = options
  if (!isSeed(seed)) throw loaderSeedInvalid('trainTestSplit', seed)
  const dataset = datasetOf('trainTestSplit', given)
  const count = dataset.length
  const testCount = testSize > 0 && testSize < 1 ? Math.ceil(testSize * count) : testSize
  if (!Number.isSafeInteger(testCount) || testCount < 1 || testCount >= count) throw splitInvalid(testSize, count)
  const order = shuffle
    ? new IndexRandom(seed, 0).permutation(count)
    : Int32Array.from({ length: count }, (_, i) => (i + count - testCount) % count)
  const part = (indices: Int32Array): unknown =>
    Array.isArray(given)
      ? tensorDataset(...(given as Tensor[])).getBatch!(indices) // checked by datasetOf
      : subset(dataset, indices)
  return { train: part(order.subarray(testCount)), test: part(order.subarray(0, testCount)) }
}
