import { dtypeInfo } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'

/** Bytes of a tensor's elements in a file. */
export const encodedBytes = (tensor: Tensor): number => tensor.size * dtypeInfo[tensor.dtype].byteSize

/** Writes the elements in row-major order, little-endian: the order of every host that WebAssembly runs on. */
export function encodeElements(tensor: Tensor, target: Uint8Array, byteOffset: number): void {
  const elements = tensor.data()
  target.set(new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength), byteOffset)
}
