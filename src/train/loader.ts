import { GryphError } from '../base/errors.ts'
import { Tensor } from '../frontend/tensor.ts'
import { batchesInvalid, loaderEmpty } from './errors.ts'
import { isStateful } from './stateful.ts'

export type Batches<B> = Iterable<B> | AsyncIterable<B>

/** Batches of every epoch: something to go through anew each time, or a function that gives the batches of an epoch, counted from 1. */
export type Loader<B> = Batches<B> | ((epoch: number) => Batches<B> | Promise<Batches<B>>)

/** What a function is called with for a batch: the items of an array one by one, anything else as the only argument. */
export type BatchArguments<B> = B extends readonly unknown[] ? B : [B]

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** @throws LOADER_INVALID */
export function checkLoader(where: string, loader: unknown): void {
  if (typeof loader !== 'function' && !isBatches(loader)) throw batchesInvalid(where, 'the loader is', loader)
}

function isBatches(value: unknown): value is Batches<unknown> {
  if (typeof value !== 'object' || value === null || value instanceof Tensor) return false
  return Symbol.iterator in value || Symbol.asyncIterator in value
}

/** How many batches an epoch has, where the loader says so. */
export function lengthOf(loader: unknown): number | undefined {
  if (typeof loader !== 'object' || loader === null || !('length' in loader)) return undefined
  const { length } = loader
  return typeof length === 'number' && Number.isInteger(length) && length > 0 ? length : undefined
}

/** Loaders whose data set answers with promises, as their first batch told. */
const waitedFor = new WeakSet<object>()

/** One pass over the batches. */
export class BatchIterator<B> {
  readonly #batches: Batches<B>
  #iterator: Iterator<B> | AsyncIterator<B>
  #isFirst = true

  constructor(batches: Batches<B>) {
    this.#batches = batches
    // Of both, the one that need not be waited for.
    this.#iterator =
      Symbol.iterator in batches && !waitedFor.has(batches)
        ? batches[Symbol.iterator]()
        : (batches as AsyncIterable<B>)[Symbol.asyncIterator]() // it is one or the other
  }

  /** Not a promise where the batches are there at once. */
  next(): IteratorResult<B> | Promise<IteratorResult<B>> {
    if (!this.#isFirst) return this.#iterator.next()
    this.#isFirst = false
    try {
      return this.#iterator.next()
    } catch (error) {
      const batches = this.#batches
      const isAsync = error instanceof GryphError && error.code === 'DATASET_ASYNC' && Symbol.asyncIterator in batches
      if (!isAsync || waitedFor.has(batches)) throw error
      // The loader stands where it stood, and begins there again.
      if (isStateful(batches)) batches.loadStateDict(batches.stateDict())
      waitedFor.add(batches)
      this.#iterator = batches[Symbol.asyncIterator]()
      return this.#iterator.next()
    }
  }

  /** Ends a pass that was not gone through to its end. */
  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}

/** Begins the pass of an epoch. @throws LOADER_INVALID */
export async function openBatches<B>(where: string, loader: Loader<B>, epoch: number): Promise<BatchIterator<B>> {
  const given = typeof loader === 'function' ? loader(epoch) : loader
  const batches: unknown = isPromise(given) ? await given : given
  if (!isBatches(batches)) throw batchesInvalid(where, `the loader function gave, for epoch ${epoch},`, batches)
  return new BatchIterator(batches as Batches<B>) // what the loader's type says
}

/** A batch as arguments. */
export const argumentsOf = (batch: unknown): readonly unknown[] => (Array.isArray(batch) ? batch : [batch])

/** @throws LOADER_EMPTY */
export function checkNotEmpty(where: string, batchCount: number, epoch: number, loader: unknown): void {
  if (batchCount === 0) throw loaderEmpty(where, epoch, typeof loader === 'function')
}
