import type { Dtype } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { encodedBytes, encodeElements } from '../elements/encode-elements.ts'
import { checkedTensors, hasLoneSurrogate } from '../elements/checked-tensors.ts'
import { tensorNameInvalid } from '../elements/errors.ts'
import { metadataInvalid } from './errors.ts'

export interface SafetensorsOptions {
  /** Text to keep with the tensors. */
  readonly metadata?: Readonly<Record<string, string>>
}

const typeOf: Readonly<Record<Dtype, string>> = {
  bool: 'BOOL',
  uint8: 'U8',
  int32: 'I32',
  float32: 'F32',
  float64: 'F64',
}
const lengthBytes = 8

/**
 * The bytes of a safetensors file with the given tensors, for every program that reads the format. The same tensors in the same order make the
 * same bytes.
 *
 * @throws TENSORS_INVALID, METADATA_INVALID
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  options: SafetensorsOptions = {},
): Uint8Array {
  const where = 'writeSafetensors'
  checkOptions(where, options, ['metadata'])
  const entries = checkedTensors(where, tensors)
  if (Object.hasOwn(tensors, '__metadata__'))
    throw tensorNameInvalid(where, '__metadata__', 'which the format keeps for text')
  // Large items first: then each tensor begins at a multiple of its item size, as readers that map the file ask for.
  const itemBytes = ([, tensor]: readonly [string, Tensor]): number => encodedBytes(tensor) / (tensor.size || 1)
  const offsets = new Map<string, number>()
  let dataBytes = 0
  for (const entry of entries.toSorted((a, b) => itemBytes(b) - itemBytes(a))) {
    offsets.set(entry[0], dataBytes)
    dataBytes += encodedBytes(entry[1])
  }
  const fields = entries.map(([name, tensor]) => {
    const begin = offsets.get(name)!
    const { dtype, shape } = tensor
    return field(name, { dtype: typeOf[dtype], shape, data_offsets: [begin, begin + encodedBytes(tensor)] })
  })
  const texts = checkedMetadata(where, options.metadata ?? {})
  const header = new TextEncoder().encode(
    `{${[...(texts.length > 0 ? [`"__metadata__":{${texts.join(',')}}`] : []), ...fields].join(',')}}`,
  )
  const dataOffset = lengthBytes + Math.ceil(header.length / 8) * 8
  const bytes = new Uint8Array(dataOffset + dataBytes)
  new DataView(bytes.buffer).setUint32(0, dataOffset - lengthBytes, true)
  bytes.fill(0x20, lengthBytes, dataOffset)
  bytes.set(header, lengthBytes)
  for (const [name, tensor] of entries) encodeElements(tensor, bytes, dataOffset + offsets.get(name)!)
  return bytes
}

/** Written one by one: as fields of one object, some names would be reordered or lost. */
const field = (name: string, value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`

function checkedMetadata(where: string, metadata: Readonly<Record<string, string>>): string[] {
  if (typeof metadata !== 'object' || metadata === null) throw metadataInvalid(where, 'metadata', metadata)
  return Object.entries(metadata).map(([key, value]) => {
    if (typeof value !== 'string') throw metadataInvalid(where, key, value)
    if (hasLoneSurrogate(key) || hasLoneSurrogate(value)) throw metadataInvalid(where, key, 'no text in UTF-8')
    return field(key, value)
  })
}
