import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadIdxFile } from '../../src/data/index.ts'

const folder = new URL('../../examples/data/fashion-mnist/', import.meta.url)

test.each([
  ['train-images-idx3-ubyte.gz', [12_000, 28, 28]],
  ['train-labels-idx1-ubyte.gz', [12_000]],
  ['t10k-images-idx3-ubyte.gz', [2_000, 28, 28]],
  ['t10k-labels-idx1-ubyte.gz', [2_000]],
])('the shipped %s has shape %j', async (name, shape) => {
  const result = await loadIdxFile(new URL(name, folder))
  expect({ dtype: result.dtype, shape: result.shape }).toEqual({ dtype: 'uint8', shape })
})

test('the shipped labels hold every class equally often', async () => {
  const { data } = await loadIdxFile(fileURLToPath(new URL('t10k-labels-idx1-ubyte.gz', folder)))
  const counts = Array.from({ length: 10 }, (_, label) => data.filter((value) => value === label).length)
  expect(counts).toEqual(new Array(10).fill(200))
})

test('a missing file is named', async () => {
  await expect(loadIdxFile('no/such-file.idx')).rejects.toMatchObject({
    code: 'IDX_FILE_MISSING',
    message: '[loadIdxFile] there is no file no/such-file.idx. Check the path.',
  })
})

test('a folder is not a file', async () => {
  await expect(loadIdxFile(folder)).rejects.toMatchObject({ code: 'IDX_FILE_UNREADABLE' })
})
