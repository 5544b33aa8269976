import type { Tensor } from '../tensor.ts'

const kinds = new WeakMap<Tensor, 'number' | 'boolean'>()

/** Marks a tensor of a recording that is a JavaScript number or boolean in eager calls: as a result it becomes one again. */
export function asHostValue(tensor: Tensor, kind: 'number' | 'boolean'): Tensor {
  kinds.set(tensor, kind)
  return tensor
}

export const hostKind = (tensor: Tensor): 'number' | 'boolean' | undefined => kinds.get(tensor)

/** What eager code has in place of a tensor: its element if it is marked so. */
export function toHostValue(tensor: Tensor): Tensor | number | boolean {
  const kind = kinds.get(tensor)
  if (!kind) return tensor
  const element = tensor.copyElements()[0]!
  return kind === 'number' ? element : element !== 0
}
