/**
 * Makes the Fashion-MNIST subset in examples/data/fashion-mnist/ from the four files of the whole data set.
 *
 *     apt-get install dataset-fashion-mnist
 *     node scripts/make-fashion-mnist-subset.mjs /usr/share/datasets/fashion-mnist
 *
 * Takes the first images of every class, as many of each, in the order of the original files; two runs write the same bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'

const classCount = 10
const trainCount = 12_000
const testCount = 2_000
const outFolder = fileURLToPath(new URL('../examples/data/fashion-mnist', import.meta.url))

const sourceFolder = process.argv[2]
if (sourceFolder === undefined) throw new Error('usage: make-fashion-mnist-subset.mjs <folder of the whole data set>')

/**
 * The header, the items and the size of one item of a gzipped IDX file of unsigned bytes.
 *
 * @param {string} name
 */
function readItems(name) {
  const bytes = gunzipSync(readFileSync(join(/** @type {string} */ (sourceFolder), name)))
  const rank = bytes[3] ?? 0
  const headerBytes = 4 + 4 * rank
  const count = bytes.readUInt32BE(4)
  return {
    header: bytes.subarray(0, headerBytes),
    items: bytes.subarray(headerBytes),
    itemBytes: (bytes.length - headerBytes) / count,
  }
}

/**
 * @param {Uint8Array} labels
 * @param {number} count
 */
function balancedIndices(labels, count) {
  const left = new Array(classCount).fill(count / classCount)
  const indices = []
  labels.forEach((label, index) => {
    if (left[label]-- > 0) indices.push(index)
  })
  if (indices.length !== count) throw new Error(`found ${indices.length} items of the ${count} wanted`)
  return indices
}

/**
 * @param {string} name
 * @param {number[]} indices
 */
function writeSubset(name, indices) {
  const { header, items, itemBytes } = readItems(name)
  const newHeader = Buffer.from(header)
  newHeader.writeUInt32BE(indices.length, 4)
  const chosen = indices.map((index) => items.subarray(index * itemBytes, (index + 1) * itemBytes))
  const packed = gzipSync(Buffer.concat([newHeader, ...chosen]), { level: 9, memLevel: 9 })
  // Node writes no time into the gzip header; the operating system's mark is the one byte that could differ.
  packed[9] = 255
  writeFileSync(join(outFolder, name), packed)
  return packed.length
}

mkdirSync(outFolder, { recursive: true })
let total = 0
for (const { part, count } of [
  { part: 'train', count: trainCount },
  { part: 't10k', count: testCount },
]) {
  const indices = balancedIndices(readItems(`${part}-labels-idx1-ubyte.gz`).items, count)
  total += writeSubset(`${part}-images-idx3-ubyte.gz`, indices)
  total += writeSubset(`${part}-labels-idx1-ubyte.gz`, indices)
}
console.log(`${outFolder}: ${(total / 1e6).toFixed(2)} MB`)
