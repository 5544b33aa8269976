import { isFloat } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { variable } from '../../frontend/create.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import type { OnnxTensor } from '../model.ts'
import { type Constant, constantOf } from './constant.ts'
import { settings, statistics } from './operators/index.ts'
import type { PreparedModel } from './prepare.ts'

/** The tensors of a file: parameters and buffers by name, and what each tensor is. */
export interface Weights {
  readonly named: ReadonlyMap<string, Tensor>
  readonly values: ReadonlyMap<OnnxTensor, Tensor | Constant>
}

/** How a tensor is used: as a weight, as a statistic that is kept, or as a setting of an operator. */
type Use = 'weight' | 'statistic' | 'setting'

/**
 * Floats that have an axis, and are no settings, are weights: initializers, and constants of more than one element, for some exporters write
 * all weights so.
 */
export function weightsOf({ main, graphs, nodes }: PreparedModel, isTrainable: (name: string) => boolean): Weights {
  const uses = usesOf(nodes.map(({ node }) => node))
  const named = new Map<string, Tensor>()
  const values = new Map<OnnxTensor, Tensor | Constant>()
  const take = (tensor: OnnxTensor, name: string, isWeight: boolean): void => {
    const use = uses.get(name)
    const { dtype } = elementFormats[tensor.elementType]
    const constant = constantOf(tensor, 'importOnnx')
    if (!isWeight || !isFloat(dtype) || use === undefined || use === 'setting') {
      values.set(tensor, constant)
      return
    }
    const weight = variable(constant.tensor(), { requiresGrad: use === 'weight' && isTrainable(name) })
    values.set(tensor, weight)
    named.set(freeName(named, name), weight)
  }
  // The outermost graph first: its names are the ones to keep.
  for (const { graph } of new Set([main, ...graphs.values()])) {
    for (const tensor of graph.initializers) take(tensor, tensor.name, tensor.dims.length > 0)
    for (const { opType, domain, attributes, outputs } of graph.nodes) {
      const value = attributes.get('value')
      if (opType !== 'Constant' || domain !== '' || value?.type !== 'tensor') continue
      take(value.value, outputs[0] ?? '', value.value.dims.length > 0 && elementCount(value.value.dims) > 1)
    }
  }
  return { named, values }
}

const freeName = (named: ReadonlyMap<string, Tensor>, name: string): string => {
  if (name !== '' && !named.has(name)) return name
  for (let i = 2; ; i++) if (!named.has(`${name}#${i}`)) return `${name}#${i}`
}

function usesOf(nodes: readonly { opType: string; inputs: readonly string[] }[]): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>()
  for (const { opType, inputs } of nodes)
    for (const [i, name] of inputs.entries()) {
      const use: Use = settings.get(opType)?.includes(i)
        ? 'setting'
        : statistics.get(opType)?.includes(i)
          ? 'statistic'
          : 'weight'
      const before = uses.get(name)
      if (before === undefined || use === 'setting' || (use === 'weight' && before === 'statistic')) uses.set(name, use)
    }
  return uses
}
