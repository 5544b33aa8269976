import { checkOptions } from '../../ops/calls/options.ts'
import { quoted } from '../../data/files/errors.ts'
import { decodeModel } from '../decode-model.ts'
import { operatorsUnsupported, opsetUnsupported } from './errors.ts'
import { OnnxModel } from './onnx-model.ts'
import { prepareModel, type PreparedNode } from './prepare.ts'
import { weightsOf } from './weights.ts'

export interface ImportOnnxOptions {
  /** What error messages call the file. Default 'the model'. */
  readonly name?: string
  /** Whether weights are parameters: all, none, or those that it says. Statistics of normalizations never are. Default true. */
  readonly trainable?: boolean | ((name: string) => boolean)
}

/** The newest version of ONNX's operators that those here have been compared with. */
export const newestOpset = 25

/**
 * Reads a model of an ONNX file. Nothing of it runs before `forward` is called; a hybridized `forward` is one compiled program.
 *
 * @param bytes the whole file
 * @throws ONNX_OPERATOR_UNSUPPORTED naming operators that have no counterpart; ONNX_OPSET_UNSUPPORTED; ONNX_GRAPH_INVALID and the errors of
 *   `decodeModel` for a damaged file
 * @example
 * const model = importOnnx(await readFile('mnist.onnx')).hybridize()
 * const { logits } = model.forward({ image: x })
 */
export function importOnnx(bytes: Uint8Array, options: ImportOnnxOptions = {}): OnnxModel {
  checkOptions('importOnnx', options, ['name', 'trainable'])
  const { name = 'the model', trainable = true } = options
  const model = decodeModel(bytes, name)
  const version = model.opsets.find(({ domain }) => domain === '')?.version
  if (version !== undefined && version > newestOpset) throw opsetUnsupported(name, version, newestOpset)
  const prepared = prepareModel(model, name)
  const missing = missingOperators(prepared.nodes)
  if (missing.length > 0) throw operatorsUnsupported(name, missing, missing.length)
  const isTrainable = typeof trainable === 'function' ? trainable : () => trainable
  return new OnnxModel(prepared, weightsOf(prepared, isTrainable))
}

/** `RoiAlign of opset 16 at node 'warp'`, once for each operator. */
export function missingOperators(nodes: readonly PreparedNode[]): string[] {
  const missing = new Map<string, string>()
  for (const { node, opset, operator, body } of nodes) {
    if (operator || body) continue
    const { domain, opType, name, outputs } = node
    const full = domain === '' ? opType : `${domain}.${opType}`
    if (!missing.has(full))
      missing.set(full, `${quoted(full).slice(1, -1)} of opset ${opset} at node ${quoted(name || (outputs[0] ?? ''))}`)
  }
  return [...missing.values()]
}
