/** What a reader of TensorBoard's event files finds in an event. Written from the formats' descriptions; shares no code with the writer. */
export interface ReadEvent {
  wallSeconds: number
  step: number
  fileVersion?: string
  values: [tag: string, value: number][]
}

/** @throws Error where a length or a checksum is wrong */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = []
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at))
    check(file.subarray(at, at + 8), file.readUInt32LE(at + 8))
    const data = file.subarray(at + 12, at + 12 + length)
    if (data.length !== length) throw new Error('the file ends inside a record')
    check(data, file.readUInt32LE(at + 12 + length))
    events.push(readEvent(data))
    at += 16 + length
  }
  return events
}

function check(data: Buffer, masked: number): void {
  const rotated = BigInt.asUintN(32, BigInt(masked) - 0xa282ead8n)
  const expected = ((rotated >> 17n) | (rotated << 15n)) & 0xffffffffn
  if (bitByBit(data) !== expected) throw new Error('a checksum is wrong')
}

/** CRC-32C as a division of polynomials, bit by bit. */
function bitByBit(data: Buffer): bigint {
  let crc = 0xffffffffn
  for (const byte of data)
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = ((crc ^ BigInt(byte >> bit)) & 1n) === 1n
      crc = isOdd ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n
    }
  return crc ^ 0xffffffffn
}

type Field = { number: number; value: number | Buffer }

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let [value, scale] = [0, 1]
    for (;;) {
      const byte = message[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
      scale *= 128
    }
  }
  while (at < message.length) {
    const key = varint()
    const [number, wireType] = [key >> 3, key & 7]
    if (wireType === 0) fields.push({ number, value: varint() })
    else if (wireType === 1) fields.push({ number, value: message.readDoubleLE((at += 8) - 8) })
    else if (wireType === 5) fields.push({ number, value: message.readFloatLE((at += 4) - 4) })
    else if (wireType === 2) {
      const length = varint()
      fields.push({ number, value: message.subarray(at, (at += length)) })
    } else throw new Error(`wire type ${wireType}`)
  }
  return fields
}

function readEvent(data: Buffer): ReadEvent {
  const event: ReadEvent = { wallSeconds: NaN, step: 0, values: [] }
  for (const { number, value } of fieldsOf(data)) {
    if (number === 1) event.wallSeconds = Number(value)
    else if (number === 2) event.step = Number(value)
    else if (number === 3) event.fileVersion = String(value)
    else if (number === 5)
      for (const each of fieldsOf(value as Buffer)) event.values.push(readValue(each.value as Buffer))
    else throw new Error(`field ${number} of an event`)
  }
  return event
}

function readValue(message: Buffer): [string, number] {
  const fields = new Map(fieldsOf(message).map(({ number, value }) => [number, value]))
  return [String(fields.get(1)), Number(fields.get(2))]
}
