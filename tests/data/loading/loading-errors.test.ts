import { expect, test } from 'vitest'
import { data, tensor } from '../../../src/index.ts'

const { dataLoader } = data
const two = tensor([1, 2])
const examples =
  (...given: unknown[]): (() => unknown) =>
  () => [...dataLoader({ length: given.length, get: (i: number) => given[i] }, { batchSize: 9 })]

test.each<[string, string, () => unknown]>([
  [
    'DATASET_INVALID',
    '[dataLoader] the dataset is 3. Pass an array of tensors, or an object with length and get(index).',
    () => dataLoader(3 as never),
  ],
  [
    'DATASET_INVALID',
    '[tensorDataset] the dataset is 1. Pass an array of tensors, or an object with length and get(index).',
    () => dataLoader([1] as never),
  ],
  [
    'DATASET_INVALID',
    '[tensorDataset] the tensors are [2], [3]. Give each the same number of rows, along its first axis.',
    () => dataLoader([two, tensor([1, 2, 3])]),
  ],
  [
    'DATASET_INVALID',
    '[tensorDataset] the tensors are []. Give each the same number of rows, along its first axis.',
    () => data.tensorDataset(tensor(1)),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[dataLoader] batchSize is 0. Use a whole number of at least 1.',
    () => dataLoader([two], { batchSize: 0 }),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[dataLoader] prefetch is -1. Use a whole number of at least 0.',
    () => dataLoader([two], { prefetch: -1 }),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[dataLoader] the seed is 0.5. Use a whole number from 0 to 2⁵³ − 1.',
    () => dataLoader([two], { seed: 0.5 }),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[dataLoader] sampler and shuffle were given together, and each decides the order. Use one of them.',
    () => dataLoader([two], { shuffle: true, sampler: data.sequentialSampler(2) }),
  ],
  [
    'LOADER_OPTION_INVALID',
    '[dataLoader] batchSampler and batchSize were given together, and each decides the order. Use one of them.',
    () => dataLoader([two], { batchSize: 1, batchSampler: data.batchSampler(data.sequentialSampler(2), 1) }),
  ],
  [
    'SAMPLE_OUT_OF_RANGE',
    '[dataLoader] example 2 was asked for, of 2. Let samplers give whole numbers from 0 to 1.',
    () => [...dataLoader([two], { sampler: data.sequentialSampler(3) })],
  ],
  [
    'SAMPLE_OUT_OF_RANGE',
    '[tensorDataset] example -1 was asked for, of 2. Let samplers give whole numbers from 0 to 1.',
    () => data.tensorDataset(two).get(-1),
  ],
  [
    'SAMPLE_OUT_OF_RANGE',
    '[tensorDataset] example 0.5 was asked for, of 2. Let samplers give whole numbers from 0 to 1.',
    () => data.tensorDataset(two).getBatch!([0.5]),
  ],
  [
    'SAMPLE_OUT_OF_RANGE',
    '[subset] example 9 was asked for, of 2. Let samplers give whole numbers from 0 to 1.',
    () => data.subset([two], [9]),
  ],
  [
    'SAMPLER_INVALID',
    '[dataLoader] the sampler gives undefined. Let it give 3 numbers.',
    () => [...dataLoader([two], { sampler: { length: 3, order: () => undefined as never } })],
  ],
  [
    'SAMPLER_INVALID',
    '[dataLoader] the sampler gives undefined. Let it give arrays of numbers.',
    () => [...dataLoader([two], { batchSampler: { length: 1, batches: () => [undefined as never] } })],
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] the examples of a batch do not fit together: an example is float32 [2] in the first and float32 [3] in number 1. Make them alike, or pass collate.',
    examples(two, tensor([1, 2, 3])),
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] the examples of a batch do not fit together: an example[1] is a number in the first and a string in number 2. Make them alike, or pass collate.',
    examples([0, 1], [0, 2], [0, 'x']),
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] the examples of a batch do not fit together: an example is an object with x in the first and an object with y in number 1. Make them alike, or pass collate.',
    examples({ x: 1 }, { y: 1 }),
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] an example.x is undefined, of which no tensor can be made. Use tensors, numbers, typed arrays, or arrays and objects of them; or pass collate.',
    examples({ x: undefined }),
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] an example is an object of class Map, of which no tensor can be made. Use tensors, numbers, typed arrays, or arrays and objects of them; or pass collate.',
    examples(new Map()),
  ],
  [
    'EXAMPLES_DIFFER',
    '[dataLoader] an example[0] is a place, x.at(…), of which no tensor can be made. Read it with x.at(…).get(). Use tensors, numbers, typed arrays, or arrays and objects of them; or pass collate.',
    examples([two.at(0), 1]),
  ],
])('%s: %s', (code, message, call) => {
  expect(call).toThrow(expect.objectContaining({ code, message }) as Error)
})
