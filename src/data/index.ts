export type { FilePath, FileUrl } from './files/file-path.ts'
export type { IdxArray, IdxDType } from './idx.ts'
export { loadIdxFile } from './load-idx.ts'
export { dataLoader, type DataLoader, type DataLoaderOptions, type LoaderState } from './loading/data-loader.ts'
export type { Collated, Dataset } from './loading/dataset.ts'
export type { IndexRandom } from './loading/index-random.ts'
export {
  batchSampler,
  randomSampler,
  sequentialSampler,
  subsetSampler,
  type BatchSampler,
  type RandomSamplerOptions,
  type Sampler,
} from './loading/samplers.ts'
export { standardise, type Standardised } from './loading/standardise.ts'
export { subset } from './loading/subset.ts'
export { tensorDataset, type TensorRows } from './loading/tensor-dataset.ts'
export { trainTestSplit, type Split, type SplitOptions } from './loading/train-test-split.ts'
export { weightedSampler, type WeightedSamplerOptions } from './loading/weighted-sampler.ts'
export { readIdx } from './read-idx.ts'
export { readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts'
export { loadSafetensorsFile, saveSafetensorsFile } from './safetensors/safetensors-file.ts'
export { writeSafetensors, type SafetensorsOptions } from './safetensors/write-safetensors.ts'
