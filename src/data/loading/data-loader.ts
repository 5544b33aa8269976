import { context, currentLazyCall } from '../../frontend/context.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { collate } from './collate.ts'
import type { Collated, Dataset } from './dataset.ts'
import {
  datasetAsync,
  loaderSeedInvalid,
  loaderStateInvalid,
  loaderStateMismatch,
  samplerInvalid,
  samplersConflict,
  sampleOutOfRange,
} from './errors.ts'
import { anySeed, IndexRandom, isSeed } from './index-random.ts'
import {
  batchSampler,
  randomSampler,
  requireCount,
  sequentialSampler,
  type BatchSampler,
  type Sampler,
} from './samplers.ts'
import { datasetOf } from './subset.ts'
import type { TensorRows } from './tensor-dataset.ts'

export interface DataLoaderOptions<Example = never, Batch = unknown> {
  /** Examples per batch. Default 1. */
  readonly batchSize?: number
  /** Random order, another one in each epoch. Default false. */
  readonly shuffle?: boolean
  /** Decides every order. Default: another one in each process. */
  readonly seed?: number
  /** Leaves a last batch out that is smaller than the others. Default false. */
  readonly dropLast?: boolean
  /** Instead of `shuffle`. */
  readonly sampler?: Sampler
  /** Instead of `shuffle`, `sampler`, `batchSize` and `dropLast`. */
  readonly batchSampler?: BatchSampler
  /** Makes a batch of examples, instead of stacking them. */
  readonly collate?: (examples: Example[]) => Batch
  /** How many batches `for await` asks for while the caller works on one. Default 1. */
  readonly prefetch?: number
}

/** Where a loader stands. Plain numbers, for instance as JSON in a checkpoint. */
export interface LoaderState {
  readonly seed: number
  /** How many epochs are over. */
  readonly epoch: number
  /** How many batches of this epoch were given out. */
  readonly position: number
}

const optionNames: readonly (keyof DataLoaderOptions)[] = [
  'batchSize',
  'shuffle',
  'seed',
  'dropLast',
  'sampler',
  'batchSampler',
  'collate',
  'prefetch',
]

/**
 * The batches of a data set. Each loop over it is an epoch. What an epoch gives depends on the data, the options, the seed and the number of the
 * epoch alone; it is the same in synchronous and asynchronous loops, and the generator of `manualSeed` is left alone.
 */
export class DataLoader<Batch> implements Iterable<Batch>, AsyncIterable<Batch> {
  /** Batches per epoch. */
  readonly length: number
  readonly #dataset: Dataset<unknown, unknown>
  readonly #batches: BatchSampler
  readonly #collate: (examples: unknown[]) => unknown
  readonly #prefetch: number
  #seed: number
  #epoch = 0
  #position = 0
  /** Whether the next loop goes on in the middle of an epoch. Others begin one. */
  #isResumed = false

  /** @internal Use `dataLoader`. */
  constructor(dataset: Dataset<unknown, unknown>, options: DataLoaderOptions<unknown, unknown>) {
    const { prefetch = 1, seed = anySeed() } = options
    requireCount('dataLoader', 'prefetch', prefetch)
    if (!isSeed(seed)) throw loaderSeedInvalid('dataLoader', seed)
    this.#dataset = dataset
    this.#batches = batchesOf(dataset.length, options)
    this.length = this.#batches.length
    this.#collate = options.collate ?? collate
    this.#prefetch = prefetch
    this.#seed = seed
    if (!options.collate && dataset.getBatch) this.#batchOf = (indices) => dataset.getBatch!(indices)
  }

  get seed(): number {
    return this.#seed
  }

  /** The number of the epoch that runs, or comes next. */
  get epoch(): number {
    return this.#epoch
  }

  *[Symbol.iterator](): Generator<Batch, void, undefined> {
    const epoch = this.#begin()
    for (let position = this.#position; position < epoch.length;) {
      const batch = this.#batchOf(this.#checked(epoch[position]!))
      if (isPromise(batch)) {
        batch.then(undefined, () => {})
        throw datasetAsync()
      }
      this.#position = ++position
      yield batch as Batch // what the dataset or collate makes
    }
    this.#end()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const epoch = this.#begin()
    let position = this.#position
    let asked = position
    const pending: Promise<unknown>[] = []
    const ask = (most: number): void => {
      while (pending.length < most && asked < epoch.length) {
        const batch = this.#later(epoch[asked++]!)
        // It is thrown where the batch's turn comes; until then, or if the loop ends before, it is nobody's.
        batch.catch(() => {})
        pending.push(batch)
      }
    }
    while (position < epoch.length) {
      ask(1)
      const next = pending.shift()!
      ask(this.#prefetch)
      const batch = await next
      this.#position = ++position
      yield batch as Batch // what the dataset or collate makes
    }
    this.#end()
  }

  /** For a checkpoint: a loader with the same data and options that loads it goes on with the batch that comes next here. */
  stateDict(): LoaderState {
    return { seed: this.#seed, epoch: this.#epoch, position: this.#position }
  }

  /** @throws LOADER_STATE_INVALID */
  loadStateDict(state: LoaderState): void {
    const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
    if (
      typeof state !== 'object' ||
      state === null ||
      !isSeed(state.seed) ||
      ![state.epoch, state.position].every(isCount)
    )
      throw loaderStateInvalid(state)
    if (state.position > this.length) throw loaderStateMismatch(state.position, this.length)
    this.#seed = state.seed
    this.#epoch = state.epoch
    this.#position = state.position
    this.#isResumed = true
  }

  /** The batches of the epoch that a loop begins or goes on with. */
  #begin(): readonly ArrayLike<number>[] {
    // What is looped over differs from call to call: no recording can stand for it.
    context.recorder?.hostRead('a loop over a data loader')
    currentLazyCall()?.noteRead('a loop over a data loader')
    // Whoever left a loop early wants a new epoch: it is over, though not at its end.
    if (!this.#isResumed && this.#position > 0) this.#end()
    this.#isResumed = false
    const batches = this.#batches.batches(new IndexRandom(this.#seed, this.#epoch))
    if (!Array.isArray(batches) || batches.length !== this.length)
      throw samplerInvalid(batches, `an array of ${this.length} batches`)
    return batches
  }

  #end(): void {
    this.#epoch++
    this.#position = 0
  }

  #checked(indices: ArrayLike<number>): ArrayLike<number> {
    if (typeof indices !== 'object' || typeof indices?.length !== 'number')
      throw samplerInvalid(indices, 'arrays of numbers')
    const { length } = this.#dataset
    for (let i = 0; i < indices.length; i++)
      if (!(indices[i]! >= 0 && indices[i]! < length) || !Number.isInteger(indices[i]))
        throw sampleOutOfRange('dataLoader', indices[i], length)
    return indices
  }

  #batchOf = (indices: ArrayLike<number>): unknown => {
    const examples = Array.from(indices, (index) => this.#dataset.get(index))
    return examples.some(isPromise) ? Promise.all(examples).then(this.#collate) : this.#collate(examples)
  }

  /** Asynchronous, so that errors of a dataset that answers at once wait for their turn too. */
  async #later(indices: ArrayLike<number>): Promise<unknown> {
    return this.#batchOf(this.#checked(indices))
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function' // only looked for

function batchesOf(count: number, options: DataLoaderOptions<unknown, unknown>): BatchSampler {
  const { batchSize = 1, shuffle, sampler, dropLast = false } = options
  const given = (names: readonly (keyof DataLoaderOptions)[]): string[] =>
    names.filter((name) => options[name] !== undefined)
  if (options.batchSampler) {
    const others = given(['shuffle', 'sampler', 'batchSize', 'dropLast'])
    if (others.length > 0) throw samplersConflict(['batchSampler', ...others])
    if (!Number.isSafeInteger(options.batchSampler.length) || typeof options.batchSampler.batches !== 'function')
      throw samplerInvalid(options.batchSampler, 'its length, and batches(random)')
    return options.batchSampler
  }
  if (sampler && shuffle !== undefined) throw samplersConflict(['sampler', 'shuffle'])
  requireCount('dataLoader', 'batchSize', batchSize, 1)
  const order = sampler ?? (shuffle ? randomSampler(count) : sequentialSampler(count))
  if (!Number.isSafeInteger(order.length) || typeof order.order !== 'function')
    throw samplerInvalid(order, 'its length, and order(random)')
  return batchSampler(order, batchSize, dropLast)
}

/**
 * Batches of a data set, or of the rows of tensors, to loop over: `for (const [x, y] of dataLoader([xs, ys], { batchSize: 10, shuffle: true }))`, or
 * `for await` where the data set answers with promises.
 *
 * @throws DATASET_INVALID, LOADER_OPTION_INVALID, SAMPLER_INVALID; and while looping EXAMPLES_DIFFER, SAMPLE_OUT_OF_RANGE, DATASET_ASYNC
 */
export function dataLoader<const Tensors extends readonly Tensor[]>(
  tensors: Tensors,
  options?: DataLoaderOptions,
): DataLoader<TensorRows<Tensors>>
export function dataLoader<Example, Batch>(
  dataset: Dataset<Example, unknown>,
  options: DataLoaderOptions<Example, Batch> & { readonly collate: (examples: Example[]) => Batch },
): DataLoader<Batch>
export function dataLoader<Example, Batch = Collated<Example>>(
  dataset: Dataset<Example, Batch>,
  options?: Omit<DataLoaderOptions, 'collate'>,
): DataLoader<Batch>
export function dataLoader(given: unknown, options: DataLoaderOptions<never> = {}): DataLoader<unknown> {
  checkOptions('dataLoader', options, optionNames)
  // The overloads say what collate takes.
  return new DataLoader(datasetOf('dataLoader', given), options as DataLoaderOptions<unknown>)
}
