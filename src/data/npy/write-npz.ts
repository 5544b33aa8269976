import type { Tensor } from '../../frontend/tensor.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { checkedTensors } from '../elements/checked-tensors.ts'
import { writeZip } from '../zip/write-zip.ts'
import { writeNpy } from './write-npy.ts'

export interface WriteNpzOptions {
  /** Default false: as `numpy.savez` does. */
  readonly compressed?: boolean
}

/** The bytes of an npz file, for `numpy.load`. @throws TENSORS_INVALID, ZIP_UNSUPPORTED, COMPRESSION_UNAVAILABLE */
export async function writeNpz(
  tensors: Readonly<Record<string, Tensor>>,
  options: WriteNpzOptions = {},
): Promise<Uint8Array> {
  checkOptions('writeNpz', options, ['compressed'])
  const members = checkedTensors('writeNpz', tensors).map(([name, tensor]): [string, Uint8Array] => [
    `${name}.npy`,
    writeNpy(tensor),
  ])
  return writeZip(members, options.compressed ?? false, 'writeNpz')
}
