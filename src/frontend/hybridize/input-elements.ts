import { dtypeInfo, type TypedArray } from '../../base/dtype.ts'
import type { GraphInput } from '../../ir/graph.ts'
import type { InputSource } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'

/** A copy of what an input of a recording is in one call, row-major; variables and gradients as they are now. */
export function inputElements(
  input: GraphInput,
  sources: ReadonlyMap<GraphInput, InputSource>,
  leaves: readonly unknown[],
): TypedArray {
  const source = sources.get(input)!
  switch (source.kind) {
    case 'argument': {
      const leaf = leaves[source.position] as Tensor | number // leaves are tensors and numbers
      return typeof leaf === 'number' ? new dtypeInfo[input.type.dtype].array([leaf]) : leaf.copyElements()
    }
    case 'free':
      return new dtypeInfo[input.type.dtype].array([source.read()])
    case 'grad':
      return source.variable.peekGrad()!.copyElements()
    case 'state':
      return source.variable.copyElements()
    case 'capture':
      return source.tensor.copyElements()
  }
}
