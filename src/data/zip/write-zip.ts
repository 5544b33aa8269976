import { crc32 } from '../compression/crc32.ts'
import { deflateRaw } from '../compression/deflate.ts'
import { zipNotWritable } from './errors.ts'

/** Members of this name and content. */
export type ZipContent = readonly (readonly [name: string, bytes: Uint8Array])[]

interface PackedMember {
  readonly name: Uint8Array
  readonly content: Uint8Array
  readonly crc: number
  readonly byteLength: number
}

const localBytes = 30
const entryBytes = 46
const endBytes = 22
/** Names are UTF-8. */
const flags = 0x0800
/** The first day that the format knows: the same content makes the same bytes. */
const firstDay = 0x0021

/** The bytes of a zip file. */
export async function writeZip(members: ZipContent, isCompressed: boolean, where: string): Promise<Uint8Array> {
  const packed: PackedMember[] = []
  for (const [name, bytes] of members) {
    const content = isCompressed ? await deflateRaw(bytes, where) : bytes
    packed.push({ name: new TextEncoder().encode(name), content, crc: crc32(bytes), byteLength: bytes.length })
  }
  const total = packed.reduce(
    (sum, { name, content }) => sum + localBytes + entryBytes + 2 * name.length + content.length,
    endBytes,
  )
  if (total >= 2 ** 32 || packed.length >= 2 ** 16 - 1)
    throw zipNotWritable(where, `${packed.length} members of ${total} bytes do not fit in a zip file with 32-bit sizes`)
  const long = packed.find(({ name }) => name.length > 0xffff)
  if (long) throw zipNotWritable(where, `a name has ${long.name.length} bytes, more than a zip file can hold`)

  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let at = 0
  const number = (size: 2 | 4, value: number): void => {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  const raw = (part: Uint8Array): void => {
    bytes.set(part, at)
    at += part.length
  }
  /** What the header of a member and its entry in the directory have in common. */
  const shared = ({ name, content, crc, byteLength }: PackedMember): void => {
    for (const value of [20, flags, isCompressed ? 8 : 0, 0, firstDay]) number(2, value)
    for (const value of [crc, content.length, byteLength]) number(4, value)
    for (const value of [name.length, 0]) number(2, value)
  }
  const offsets = packed.map((member) => {
    const offset = at
    number(4, 0x04034b50)
    shared(member)
    raw(member.name)
    raw(member.content)
    return offset
  })
  const directory = at
  packed.forEach((member, i) => {
    number(4, 0x02014b50)
    number(2, 20)
    shared(member)
    for (const value of [0, 0, 0]) number(2, value)
    for (const value of [0, offsets[i]!]) number(4, value)
    raw(member.name)
  })
  const directoryBytes = at - directory
  number(4, 0x06054b50)
  for (const value of [0, 0, packed.length, packed.length]) number(2, value)
  for (const value of [directoryBytes, directory]) number(4, value)
  number(2, 0)
  return bytes
}
