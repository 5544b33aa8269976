import { dtypeInfo } from '../base/dtype.ts'
import { InternalError } from '../base/errors.ts'
import { elementCount, sameType, type TensorType } from '../base/shape.ts'
import { inferType } from '../ops/registry.ts'
import { asStored } from './builder.ts'
import {
  controlsOf,
  inDependencyOrder,
  isConstant,
  isNode,
  type Graph,
  type GraphConstant,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from './graph.ts'
import { graphLines } from './print.ts'
import { typeText } from './text.ts'
import { problemsOf } from './verify-control.ts'

/**
 * Checks what every pass may rely on and must keep:
 * 1. Inputs have unique names.
 * 2. Every input that is used is listed.
 * 3. Operands precede their users: there is no cycle.
 * 4. The type of a node is the one its record infers from its operands.
 * 5. A constant has one number, or as many elements as its shape in an array of its dtype; the dtype can hold them.
 * 6. A state write targets a listed state input, with a value of its type.
 * 7. A state is written at most once.
 * 8. Sizes of axes are whole numbers, 0 or more.
 * 9. A control op has as many regions as its kind says, whose inputs and results have the types that it gives and takes. Its selector is a bool or
 *    int32 scalar, its count an int32 scalar, its condition gives a bool scalar.
 * 10. A region writes no state, and all of this holds in it too.
 * 11. Inputs and nodes belong to one region, or to what is outside of them all.
 */
export function verifyGraph(graph: Graph, afterPass?: string): void {
  verifyWithin(graph, afterPass, new Set())
}

/** `owned` are the inputs and nodes of graphs that were looked at before. */
function verifyWithin(graph: Graph, afterPass: string | undefined, owned: Set<GraphValue>): void {
  const fail: Fail = (check, at, what) => {
    const when = afterPass === undefined ? '' : ` after pass ${afterPass}`
    throw new InternalError(`graph check ${check} failed${when}: ${what}\n${excerpt(graph, at)}`)
  }
  const own = (value: GraphInput | GraphNode): void => {
    if (owned.has(value))
      fail(11, value, `${isNode(value) ? value.op : value.name} is in another region, or outside, too`)
    owned.add(value)
  }
  checkInputs(graph, fail)
  graph.inputs.forEach(own)
  const placed = new Set<GraphValue>(graph.inputs)
  for (const value of inDependencyOrder(graph)) {
    checkShape(value, fail)
    if (isNode(value)) {
      checkNode(value, placed, fail)
      own(value)
    } else if (isConstant(value)) checkConstant(value, fail)
    else if (value.index === 0) checkControl(value.control, placed, fail)
    placed.add(value)
  }
  for (const { regions } of controlsOf(graph)) for (const region of regions) verifyWithin(region, afterPass, owned)
  for (const result of graph.results)
    if (!placed.has(result)) fail(2, undefined, 'a result is an input that is not listed')
  checkWrites(graph, placed, fail)
}

/** `at` is the node, constant, input or write on the line to show. */
type Fail = (check: number, at: object | undefined, what: string) => never

function checkInputs(graph: Graph, fail: Fail): void {
  const names = new Set<string>()
  for (const input of graph.inputs) {
    if (names.has(input.name)) fail(1, input, `two inputs are called ${input.name}`)
    names.add(input.name)
    checkShape(input, fail)
  }
}

function checkShape(value: GraphValue, fail: Fail): void {
  const isSize = (size: number): boolean => Number.isSafeInteger(size) && size >= 0
  if (!value.type.shape.every(isSize)) fail(8, value, `${typeText(value.type)} is not a shape`)
}

function checkOperands(at: object, operands: readonly GraphValue[], placed: ReadonlySet<GraphValue>, fail: Fail): void {
  for (const operand of operands) {
    if (placed.has(operand)) continue
    if (operand.op === 'input') fail(2, at, `an operand is the input ${operand.name}, which is not listed`)
    fail(3, at, 'an operand does not precede its user')
  }
}

function checkControl(control: GraphControl, placed: ReadonlySet<GraphValue>, fail: Fail): void {
  const at = control.results[0]!
  checkOperands(at, control.operands, placed, fail)
  for (const problem of problemsOf(control)) fail(problem.check, at, problem.what)
}

function checkNode(node: GraphNode, placed: ReadonlySet<GraphValue>, fail: Fail): void {
  checkOperands(node, node.operands, placed, fail)
  const inferred = inferredType(node, fail)
  if (!sameType(inferred, node.type))
    fail(4, node, `the type is ${typeText(node.type)}, inferred is ${typeText(inferred)}`)
}

function inferredType(node: GraphNode, fail: Fail): TensorType {
  try {
    return inferType(
      node.op,
      node.operands.map((operand) => operand.type),
      node.attrs,
    )
  } catch (error) {
    return fail(4, node, error instanceof Error ? error.message : String(error))
  }
}

function checkConstant(constant: GraphConstant, fail: Fail): void {
  const { value, type } = constant
  if (typeof value === 'number') {
    if (!Object.is(asStored(value, type.dtype), value)) fail(5, constant, `${value} is not a ${type.dtype}`)
    return
  }
  const count = elementCount(type.shape)
  if (value.length !== count)
    fail(5, constant, `${value.length} elements are given for ${typeText(type)}, which has ${count}`)
  if (!(value instanceof dtypeInfo[type.dtype].array))
    fail(5, constant, `elements of ${type.dtype} are in a ${value.constructor.name}`)
  if (type.dtype === 'bool' && value.some((element) => element > 1)) fail(5, constant, 'a bool is neither 0 nor 1')
}

function checkWrites(graph: Graph, placed: ReadonlySet<GraphValue>, fail: Fail): void {
  const written = new Set<GraphValue>()
  for (const write of graph.writes) {
    const { state, value } = write
    if (state.role !== 'state' || !graph.inputs.includes(state))
      fail(6, write, `${state.name} is not a state input of the graph`)
    if (!placed.has(value)) fail(2, write, 'the value is an input that is not listed')
    if (!sameType(state.type, value.type))
      fail(6, write, `a ${typeText(value.type)} is written to a ${typeText(state.type)}`)
    if (written.has(state)) fail(7, write, `${state.name} is written twice`)
    written.add(state)
  }
}

/** The line in question with three neighbours on either side. */
function excerpt(graph: Graph, at: object | undefined): string {
  const { lines, lineOf } = graphLines(graph, { sources: true })
  const shown = (at && lineOf.get(at)) ?? lines.length - 2
  const first = Math.max(0, shown - 3)
  return lines
    .slice(first, shown + 4)
    .map((line, i) => `${first + i === shown ? '>' : ' '} ${line}`)
    .join('\n')
}
