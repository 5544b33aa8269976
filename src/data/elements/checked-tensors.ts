import { Tensor } from '../../frontend/tensor.ts'
import { tensorInvalid, tensorNameInvalid, tensorsInvalid } from './errors.ts'

/** The tensors of an object by name, of which every writer of several takes one. @throws TENSORS_INVALID */
export function checkedTensors(where: string, tensors: Readonly<Record<string, Tensor>>): [string, Tensor][] {
  if (typeof tensors !== 'object' || tensors === null || tensors instanceof Tensor || Array.isArray(tensors))
    throw tensorsInvalid(where, tensors)
  const entries = Object.entries(tensors)
  for (const [name, tensor] of entries) {
    if (!(tensor instanceof Tensor)) throw tensorInvalid(where, name, tensor)
    if (hasLoneSurrogate(name)) throw tensorNameInvalid(where, name, 'which is no text in UTF-8')
  }
  return entries
}

export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text)
