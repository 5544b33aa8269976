export type { ColumnType } from './csv/parse-column.ts'
export { loadCsvFile, readCsv, type CsvOptions } from './csv/read-csv.ts'
export type { Column, Table } from './csv/table.ts'
export type { FilePath, FileUrl } from './files/file-path.ts'
export type { IdxArray, IdxDType } from './idx.ts'
export { loadImageFile, readImage } from './image/read-image.ts'
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
export { loadNpyFile, loadNpzFile, saveNpyFile, saveNpzFile } from './npy/npy-files.ts'
export { readNpy } from './npy/read-npy.ts'
export { readNpz, type NpzOptions } from './npy/read-npz.ts'
export { writeNpy } from './npy/write-npy.ts'
export { writeNpz, type WriteNpzOptions } from './npy/write-npz.ts'
export { readIdx } from './read-idx.ts'
export { readSafetensors, type Safetensors } from './safetensors/read-safetensors.ts'
export { loadSafetensorsFile, saveSafetensorsFile } from './safetensors/safetensors-file.ts'
export { writeSafetensors, type SafetensorsOptions } from './safetensors/write-safetensors.ts'
export {
  characterVocabulary,
  vocabularyOf,
  wordVocabulary,
  type VocabularyOptions,
} from './vocabulary/make-vocabulary.ts'
export { loadVocabularyFile, saveVocabularyFile } from './vocabulary/vocabulary-file.ts'
export type { Vocabulary, VocabularyData } from './vocabulary/vocabulary.ts'
