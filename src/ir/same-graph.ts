import type { TypedArray } from '../base/dtype.ts'
import { sameType } from '../base/shape.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  isResult,
  type Graph,
  type GraphControl,
  type GraphInput,
  type GraphValue,
} from './graph.ts'
import { attrsText } from './text.ts'

/** Whether two graphs are the same but for the identity of their values and the names of their inputs. Source lines count. */
export function sameGraph(a: Graph, b: Graph): boolean {
  const counterpart = new Map<GraphValue, GraphValue>()
  const meet = (x: GraphValue, y: GraphValue): boolean => {
    counterpart.set(x, y)
    return true
  }
  const isMet = (x: GraphValue, y: GraphValue | undefined): boolean => counterpart.get(x) === y
  const [valuesOfA, valuesOfB] = [inDependencyOrder(a), inDependencyOrder(b)]
  return (
    sameLength(a.inputs, b.inputs) &&
    a.inputs.every((input, i) => sameInput(input, b.inputs[i]!) && meet(input, b.inputs[i]!)) &&
    sameLength(valuesOfA, valuesOfB) &&
    valuesOfA.every((x, i) => {
      const y = valuesOfB[i]!
      if (x.op !== y.op || !sameType(x.type, y.type)) return false
      if (isConstant(x)) return isConstant(y) && sameElements(x.value, y.value) && meet(x, y)
      if (isResult(x)) return isResult(y) && (x.index > 0 || sameControl(x.control, y.control, isMet)) && meet(x, y)
      return (
        isNode(y) &&
        x.source === y.source &&
        attrsText(x.attrs) === attrsText(y.attrs) &&
        sameLength(x.operands, y.operands) &&
        x.operands.every((operand, position) => isMet(operand, y.operands[position])) &&
        meet(x, y)
      )
    }) &&
    sameLength(a.results, b.results) &&
    a.results.every((result, i) => isMet(result, b.results[i])) &&
    sameLength(a.writes, b.writes) &&
    a.writes.every(({ state, value }, i) => isMet(state, b.writes[i]!.state) && isMet(value, b.writes[i]!.value)) &&
    sameLength(a.checks ?? [], b.checks ?? []) &&
    (a.checks ?? []).every((check, i) => isMet(check, b.checks![i]))
  )
}

const sameControl = (
  a: GraphControl,
  b: GraphControl,
  isMet: (x: GraphValue, y: GraphValue | undefined) => boolean,
): boolean =>
  a.name === b.name &&
  a.source === b.source &&
  a.carried === b.carried &&
  a.counted === b.counted &&
  sameLength(a.operands, b.operands) &&
  a.operands.every((operand, i) => isMet(operand, b.operands[i])) &&
  sameLength(a.regions, b.regions) &&
  a.regions.every((region, i) => sameGraph(region, b.regions[i]!))

const sameLength = (a: { readonly length: number }, b: { readonly length: number }): boolean => a.length === b.length

const sameInput = (a: GraphInput, b: GraphInput): boolean =>
  a.role === b.role && Boolean(a.weak) === Boolean(b.weak) && sameType(a.type, b.type)

function sameElements(a: number | TypedArray, b: number | TypedArray): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b)
  if (a === b) return true
  const [bytesOfA, bytesOfB] = [bytesOf(a), bytesOf(b)]
  return sameLength(a, b) && bytesOfA.every((byte, i) => byte === bytesOfB[i])
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
