import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { maxUnpackedBytes as defaultLimit } from '../compression/inflate.ts'
import { bytesExpected, quoted } from '../files/errors.ts'
import { zipInvalid, zipTooLarge } from '../zip/errors.ts'
import { unpackMember } from '../zip/unpack-member.ts'
import { readZipDirectory } from '../zip/zip-directory.ts'
import { parseNpy } from './read-npy.ts'

export interface NpzOptions {
  /** What compressed members may unpack to, all together. Default 2³⁰. */
  readonly maxUnpackedBytes?: number
}

/**
 * Reads an npz file, as `numpy.savez` and `numpy.savez_compressed` write it: tensors by name.
 *
 * @param bytes the whole file; the tensors share no memory with it
 * @param name what error messages call it
 * @returns an object without a prototype, so that every name is as good as any other
 * @throws GryphError `ZIP_…`, `NPY_…`, `ELEMENT_…`: then nothing is read
 */
export async function readNpz(
  bytes: Uint8Array,
  name: string,
  options: NpzOptions = {},
): Promise<Record<string, Tensor>> {
  const where = 'readNpz'
  if (!(bytes instanceof Uint8Array)) throw bytesExpected(where, name, bytes)
  checkOptions(where, options, ['maxUnpackedBytes'])
  const { maxUnpackedBytes = defaultLimit } = options
  const members = readZipDirectory(bytes, where, name)
  const declared = members.reduce((sum, { isDeflated, byteLength }) => sum + (isDeflated ? byteLength : 0), 0)
  if (declared > maxUnpackedBytes) throw zipTooLarge(where, name, declared, maxUnpackedBytes)
  const tensors = Object.create(null) as Record<string, Tensor> // filled below
  for (const member of members) {
    const key = member.name.replace(/\.npy$/, '')
    if (key in tensors) throw zipInvalid(where, name, member.begin, `two members are named ${quoted(key)}`)
    const unpacked = await unpackMember(bytes, member, where, name)
    tensors[key] = parseNpy(unpacked, `${quoted(member.name)} of ${name}`, where)
  }
  return tensors
}
