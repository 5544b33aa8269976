import { idxNotBytes } from './errors.ts'
import type { IdxArray } from './idx.ts'
import { parseIdx } from './parse-idx.ts'
import { isGzip, unpackIdx } from './unpack-gzip.ts'

/**
 * Reads an IDX file, the format of MNIST and its relatives, plain or gzipped.
 *
 * @param bytes the whole file
 * @param name what error messages call it
 * @returns sizes, dtype and a fresh copy of the elements, in the byte order of this machine
 * @throws GryphError `IDX_…` when the bytes are not one whole IDX file of uint8, int32, float32 or float64
 * @see http://yann.lecun.com/exdb/mnist/, "the IDX file format"
 */
export async function readIdx(bytes: Uint8Array, name: string): Promise<IdxArray> {
  if (!(bytes instanceof Uint8Array)) throw idxNotBytes(name, bytes)
  return parseIdx(isGzip(bytes) ? await unpackIdx(bytes, name) : bytes, name)
}
