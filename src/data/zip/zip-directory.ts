import { maxDeflateRatio } from '../compression/inflate.ts'
import { zipBadMagic, zipInvalid, zipUnsupported } from './errors.ts'

/** A file in a zip file, with its place checked. */
export interface ZipMember {
  readonly name: string
  readonly isDeflated: boolean
  readonly crc: number
  /** Where its bytes lie in the zip file, as they are there. */
  readonly begin: number
  readonly end: number
  /** Length when unpacked. */
  readonly byteLength: number
}

const endBytes = 22
const entryBytes = 46
const localBytes = 30
const [endMagic, entryMagic, localMagic] = [0x06054b50, 0x02014b50, 0x04034b50]

/**
 * The directory of a zip file. Members lie one behind the other in the file: none shares bytes with another, none claims to unpack to more than its
 * bytes can hold. (Data in front, several disks, encryption and 64-bit sizes are refused.)
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3
 */
export function readZipDirectory(bytes: Uint8Array, where: string, name: string): ZipMember[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (end < 0) throw zipBadMagic(where, name)
  const [count, directoryBytes, directory] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  if (count === 0xffff || directoryBytes === 0xffffffff || directory === 0xffffffff)
    throw zipUnsupported(where, name, 'has 64-bit sizes')
  if (view.getUint32(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count)
    throw zipUnsupported(where, name, 'is part of a zip file on several disks')
  if (directory + directoryBytes !== end)
    throw zipInvalid(where, name, end, `its directory of ${directoryBytes} bytes at ${directory} does not end here`)

  const members: ZipMember[] = []
  const names = new Set<string>()
  let at = directory
  for (let i = 0; i < count; i++) {
    if (at + entryBytes > end || view.getUint32(at, true) !== entryMagic)
      throw zipInvalid(where, name, at, `expected entry ${i + 1} of ${count} of its directory`)
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ] // three
    const next = at + entryBytes + nameBytes + extraBytes + commentBytes
    if (next > end) throw zipInvalid(where, name, at, 'this entry is longer than the directory')
    const member = readEntry(bytes, view, at, nameBytes, directory, where, name)
    if (names.has(member.name)) throw zipInvalid(where, name, at, 'the name of this entry stands there twice')
    names.add(member.name)
    members.push(member)
    at = next
  }
  if (at !== end) throw zipInvalid(where, name, at, 'its directory has more than the declared entries')
  requireApart(members, where, name)
  return members
}

/** The end record is the last one in the file; a comment of up to 65,535 bytes may follow it. */
function findEnd(view: DataView): number {
  const first = Math.max(0, view.byteLength - endBytes - 0xffff)
  for (let at = view.byteLength - endBytes; at >= first; at--)
    if (view.getUint32(at, true) === endMagic && at + endBytes + view.getUint16(at + 20, true) === view.byteLength)
      return at
  return -1
}

function readEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  nameBytes: number,
  directory: number,
  where: string,
  file: string,
): ZipMember {
  const nameAt = at + entryBytes
  const name = memberName(bytes.subarray(nameAt, nameAt + nameBytes))
  if (name === undefined) throw zipInvalid(where, file, nameAt, 'this name is no text in UTF-8')
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)]
  if (flags & 1) throw zipUnsupported(where, file, 'has an encrypted member')
  if (method !== 0 && method !== 8) throw zipUnsupported(where, file, `has a member of compression method ${method}`)
  const [crc, packedBytes, byteLength, local] = [16, 20, 24, 42].map((field) => view.getUint32(at + field, true)) as [
    number,
    number,
    number,
    number,
  ] // four
  if (packedBytes === 0xffffffff || byteLength === 0xffffffff || local === 0xffffffff)
    throw zipUnsupported(where, file, 'has 64-bit sizes')
  if (local + localBytes > directory || view.getUint32(local, true) !== localMagic)
    throw zipInvalid(where, file, at, `there is no member at byte ${local}`)
  if (view.getUint16(local + 8, true) !== method || view.getUint16(local + 26, true) !== nameBytes)
    throw zipInvalid(where, file, local, 'this member is not what the directory says')
  const begin = local + localBytes + nameBytes + view.getUint16(local + 28, true)
  const end = begin + packedBytes
  if (end > directory) throw zipInvalid(where, file, local, `this member has ${packedBytes} bytes, past its directory`)
  for (let i = 0; i < nameBytes; i++)
    if (bytes[local + localBytes + i] !== bytes[nameAt + i])
      throw zipInvalid(where, file, local, 'this member has another name in the directory')
  const isDeflated = method === 8
  if (isDeflated ? byteLength > packedBytes * maxDeflateRatio : byteLength !== packedBytes)
    throw zipInvalid(where, file, at, `${packedBytes} bytes cannot unpack to ${byteLength}`)
  return { name, isDeflated, crc, begin, end, byteLength }
}

function memberName(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Members that share bytes are how a small file claims to hold a great deal. */
function requireApart(members: readonly ZipMember[], where: string, name: string): void {
  const sorted = members.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  for (const [i, member] of sorted.entries())
    if (i > 0 && member.begin < sorted[i - 1]!.end + localBytes)
      throw zipInvalid(where, name, member.begin, 'two members share these bytes')
}
