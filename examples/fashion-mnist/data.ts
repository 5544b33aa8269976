import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { data, randperm, tensor, type Tensor } from 'gryph'
import { UsageError } from './usage-error.ts'

const shipped = fileURLToPath(new URL('../data/fashion-mnist', import.meta.url))
const pixelCount = 28 * 28
const classCount = 10

/** Images as rows of 784 brightnesses from 0 to 1, and the class of each. */
export interface Examples {
  readonly count: number
  readonly images: Float32Array
  readonly labels: Uint8Array
}

export interface Batch {
  /** float32 [batch, 784] */
  readonly images: Tensor
  /** uint8 [batch] */
  readonly labels: Tensor
}

/** @throws UsageError, GryphError when a file is missing, corrupt, or not what its name says */
export async function loadExamples(part: 'train' | 't10k', folder = shipped): Promise<Examples> {
  const imagePath = pathOf(folder, `${part}-images-idx3-ubyte`)
  const labelPath = pathOf(folder, `${part}-labels-idx1-ubyte`)
  const [images, labels] = await Promise.all([data.loadIdxFile(imagePath), data.loadIdxFile(labelPath)])
  const [count = 0, height, width] = images.shape
  if (images.dtype !== 'uint8' || images.shape.length !== 3 || count === 0 || height !== 28 || width !== 28)
    throw new UsageError(
      `${imagePath} holds ${images.dtype} of shape [${images.shape.join(', ')}], not images of 28 × 28 bytes. Check the file.`,
    )
  if (labels.dtype !== 'uint8' || labels.shape.join() !== String(count))
    throw new UsageError(
      `${labelPath} holds ${labels.dtype} of shape [${labels.shape.join(', ')}], not one byte for each of the ${count} images. Check the file.`,
    )
  const unknown = labels.data.find((label) => label >= classCount)
  if (unknown !== undefined)
    throw new UsageError(
      `${labelPath} has the label ${unknown}, but classes are 0 to ${classCount - 1}. Check the file.`,
    )
  return { count, images: Float32Array.from(images.data, (pixel) => pixel / 255), labels: labels.data }
}

function pathOf(folder: string, name: string): string {
  const found = [`${name}.gz`, name].map((each) => join(folder, each)).find((path) => existsSync(path))
  if (found === undefined) throw new UsageError(`there is neither ${name}.gz nor ${name} in ${folder}. Check --data.`)
  return found
}

/** Endless batches of equal size; each epoch in a new random order, drawn from the process's generator. */
export function* shuffledBatches(examples: Examples, size: number): Generator<Batch, never> {
  if (size > examples.count)
    throw new UsageError(`--batch is ${size}, but there are ${examples.count} training images. Give at most that.`)
  for (;;) {
    const order = randperm(examples.count).data()
    for (let start = 0; start + size <= order.length; start += size)
      yield batchOf(examples, order.subarray(start, start + size))
  }
}

/** The examples in order, at most `size` at a time. */
export function* batchesInOrder(examples: Examples, size: number): Generator<Batch> {
  const order = Int32Array.from({ length: examples.count }, (_, i) => i)
  for (let start = 0; start < order.length; start += size) yield batchOf(examples, order.subarray(start, start + size))
}

function batchOf({ images, labels }: Examples, chosen: ArrayLike<number>): Batch {
  const rows = new Float32Array(chosen.length * pixelCount)
  const classes = new Uint8Array(chosen.length)
  for (let i = 0; i < chosen.length; i++) {
    const from = chosen[i]!
    rows.set(images.subarray(from * pixelCount, (from + 1) * pixelCount), i * pixelCount)
    classes[i] = labels[from]!
  }
  return { images: tensor(rows, { shape: [chosen.length, pixelCount] }), labels: tensor(classes) }
}
