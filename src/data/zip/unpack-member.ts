import { crc32 } from '../compression/crc32.ts'
import { inflateUnavailable } from '../compression/errors.ts'
import { inflate, InflateFault } from '../compression/inflate.ts'
import { zipMemberCorrupt } from './errors.ts'
import type { ZipMember } from './zip-directory.ts'

/** The bytes of a member, checked; for a stored one they are a part of `bytes`. */
export async function unpackMember(
  bytes: Uint8Array,
  member: ZipMember,
  where: string,
  name: string,
): Promise<Uint8Array> {
  const packed = bytes.subarray(member.begin, member.end)
  const unpacked = member.isDeflated
    ? await inflate(packed, 'deflate-raw', member.byteLength).catch((fault: unknown) => {
        if (!(fault instanceof InflateFault)) throw fault
        throw fault.isUnavailable
          ? inflateUnavailable(where, name)
          : zipMemberCorrupt(where, name, member.name, fault.message)
      })
    : packed
  if (crc32(unpacked) !== member.crc)
    throw zipMemberCorrupt(where, name, member.name, 'its bytes do not have the checksum that the file says')
  return unpacked
}
