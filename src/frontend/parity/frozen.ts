import { sameType } from '../../base/shape.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  isResult,
  outputsOf,
  type Graph,
  type ComputedValue,
  type GraphConstant,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../../ir/graph.ts'
import { attrsText, numberText, typeText } from '../../ir/text.ts'
import type { Recording } from '../hybridize/record-call.ts'
import { firstDifferent } from './difference.ts'

/** Why a recording no longer says what the function does: something it depends on has changed, and is frozen in the program. */
export interface FrozenValue {
  readonly description: string
  /** `file:line:column` of the first op that it reaches. */
  readonly source: string | undefined
  /** What to write, where it is not to pass the value as an argument. */
  readonly remedy?: string
}

/** The first place where what was recorded and what the function does now part; undefined if they are the same. */
export function frozenValue(recorded: Recording, now: Recording): FrozenValue | undefined {
  const [before, after] = [inDependencyOrder(recorded.graph), inDependencyOrder(now.graph)]
  const counterpart = new Map<GraphValue, GraphValue>()
  for (let i = 0; i < Math.min(before.length, after.length); i++) {
    const [x, y] = [before[i]!, after[i]!]
    const found = valueDifference(x, y, counterpart, recorded, now)
    if (found) return found
    counterpart.set(x, y)
  }
  if (before.length !== after.length)
    return {
      description: `${before.length} ops were recorded, and the function carries out ${after.length} now`,
      source: sourceOf(after[Math.min(before.length, after.length - 1)], now.graph),
    }
  return outputDifference(recorded, now, counterpart)
}

function valueDifference(
  x: ComputedValue,
  y: ComputedValue,
  counterpart: ReadonlyMap<GraphValue, GraphValue>,
  recorded: Recording,
  now: Recording,
): FrozenValue | undefined {
  if (isNode(x) && isNode(y)) return nodeDifference(x, y, counterpart, recorded, now)
  if (isConstant(x) && isConstant(y)) return constantDifference(x, y, now.graph)
  if (!isResult(x) || !isResult(y) || x.control.name !== y.control.name || x.index !== y.index)
    return otherOp(x, y, now.graph)
  if (x.index > 0) return undefined
  for (const [i, region] of x.control.regions.entries()) {
    const graph = y.control.regions[i]
    const found = graph && frozenValue({ ...recorded, graph: region }, { ...now, graph })
    if (found) return found
  }
  return undefined
}

const sourceOf = (value: GraphValue | undefined, graph: Graph): string | undefined =>
  value && isNode(value) ? value.source : inDependencyOrder(graph).find(isUserOf(value))?.source

const isUserOf =
  (value: GraphValue | undefined) =>
  (node: GraphValue): node is GraphNode =>
    isNode(node) && value !== undefined && node.operands.includes(value)

const otherOp = (x: ComputedValue, y: ComputedValue, graph: Graph): FrozenValue => ({
  description: `the recorded call went another way: it has ${opText(x)} where the function has ${opText(y)} now`,
  source: sourceOf(y, graph),
})

const opText = (value: ComputedValue): string =>
  isResult(value)
    ? value.control.name
    : isConstant(value)
      ? `the number ${typeof value.value === 'number' ? numberText(value.value, value.type.dtype) : '…'}`
      : value.op

function constantDifference(x: GraphConstant, y: GraphConstant, graph: Graph): FrozenValue | undefined {
  if (typeof x.value === 'number' && typeof y.value === 'number') {
    if (Object.is(x.value, y.value)) return undefined
    return {
      description: `a number was ${numberText(x.value, x.type.dtype)} when the call was recorded, and is ${numberText(y.value, y.type.dtype)} now`,
      source: sourceOf(y, graph),
    }
  }
  if (typeof x.value !== 'number' && typeof y.value !== 'number' && firstDifferent(x.value, y.value) < 0)
    return undefined
  return { description: 'an array of numbers has changed since the call was recorded', source: sourceOf(y, graph) }
}

function nodeDifference(
  x: GraphNode,
  y: GraphNode,
  counterpart: ReadonlyMap<GraphValue, GraphValue>,
  recorded: Recording,
  now: Recording,
): FrozenValue | undefined {
  const source = y.source
  if (x.op !== y.op || x.operands.length !== y.operands.length) return otherOp(x, y, now.graph)
  if (attrsText(x.attrs) !== attrsText(y.attrs) || !sameType(x.type, y.type))
    return {
      description: `${x.op} ${attrsText(x.attrs)} : ${typeText(x.type)} was recorded, and it is ${attrsText(y.attrs)} : ${typeText(y.type)} now`,
      source,
    }
  for (const [i, operand] of x.operands.entries()) {
    const given = y.operands[i]!
    if (operand.op === 'input' && given.op === 'input') {
      const description = inputDifference(operand, given, recorded, now)
      if (description) return { description: `${x.op} ${description}`, source }
    } else if (counterpart.get(operand) !== given)
      return { description: `${x.op} has another operand than when the call was recorded`, source }
  }
  return undefined
}

/** How what an input stands for has changed. */
function inputDifference(x: GraphInput, y: GraphInput, recorded: Recording, now: Recording): string | undefined {
  const [before, after] = [recorded.sources.get(x), now.sources.get(y)]
  if (!before || !after) return undefined // of a region: what it is given is compared outside
  if (before.kind === 'argument' && after.kind === 'argument')
    return before.position === after.position ? undefined : 'has another argument than when the call was recorded'
  if (before.kind === 'capture' && after.kind === 'capture') {
    const isSame =
      before.tensor === after.tensor ||
      (sameType(x.type, y.type) && firstDifferent(before.tensor.copyElements(), after.tensor.copyElements()) < 0)
    return isSame ? undefined : `uses another tensor of the enclosing scope (${typeText(y.type)}) than the one recorded`
  }
  if ((before.kind === 'state' || before.kind === 'grad') && before.kind === after.kind)
    return before.variable === after.variable
      ? undefined
      : `uses another variable (${typeText(y.type)}) than the one recorded`
  if (before.kind === 'free' && after.kind === 'free' && before.name === after.name) return undefined
  return `has ${after.kind} where ${before.kind} was recorded`
}

function outputDifference(
  recorded: Recording,
  now: Recording,
  counterpart: ReadonlyMap<GraphValue, GraphValue>,
): FrozenValue | undefined {
  const [before, after] = [outputsOf(recorded.graph), outputsOf(now.graph)]
  if (before.length !== after.length)
    return {
      description: `the call was recorded with ${before.length} results and state writes, and has ${after.length} now`,
      source: undefined,
    }
  for (const [i, x] of before.entries()) {
    const y = after[i]!
    if (x.op === 'input' && y.op === 'input') {
      const description = inputDifference(x, y, recorded, now)
      if (description) return { description: `a result ${description}`, source: undefined }
    } else if (counterpart.get(x) !== y)
      return { description: 'a result is another value than the one recorded', source: sourceOf(y, now.graph) }
  }
  return undefined
}
