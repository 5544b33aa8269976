import type { Dtype } from '../../base/dtype.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { givenText } from '../../ops/errors.ts'
import { encodedBytes, encodeElements } from '../elements/encode-elements.ts'
import { npyTensorInvalid } from './errors.ts'
import { npyMagic } from './read-npy.ts'

const descrOf: Readonly<Record<Dtype, string>> = {
  bool: '|b1',
  uint8: '|u1',
  int32: '<i4',
  float32: '<f4',
  float64: '<f8',
}
/** Magic, version 1.0, and two bytes of length. */
const prefixBytes = 10
const alignment = 64

/** The bytes of an npy file, for `numpy.load`. @throws NPY_TENSOR_INVALID */
export function writeNpy(tensor: Tensor): Uint8Array {
  if (!(tensor instanceof Tensor)) throw npyTensorInvalid(givenText(tensor))
  const { dtype, shape } = tensor
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const literal = `{'descr': '${descrOf[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`
  const dataOffset = Math.ceil((prefixBytes + literal.length + 1) / alignment) * alignment
  const header = `${literal.padEnd(dataOffset - prefixBytes - 1)}\n`
  const bytes = new Uint8Array(dataOffset + encodedBytes(tensor))
  bytes.set([...npyMagic, 1, 0, header.length & 255, header.length >> 8])
  bytes.set(new TextEncoder().encode(header), prefixBytes)
  encodeElements(tensor, bytes, dataOffset)
  return bytes
}
