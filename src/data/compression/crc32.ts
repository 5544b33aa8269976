/** Remainders of the bytes 0 … 255, for the reversed polynomial 0xedb88320 (ISO 3309; zip and PNG). */
const remainders = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  return remainder
})

/** Of the given bytes, as a number from 0 to 2³² − 1. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ remainders[(crc ^ bytes[i]!) & 255]!
  return ~crc >>> 0
}
