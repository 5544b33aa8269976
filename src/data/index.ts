export type { IdxArray, IdxDType } from './idx.ts'
export { loadIdxFile, type FileUrl } from './load-idx.ts'
export { readIdx } from './read-idx.ts'
