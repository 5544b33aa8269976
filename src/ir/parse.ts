import { dtypeInfo, dtypes, type Dtype, type TypedArray } from '../base/dtype.ts'
import type { TensorType } from '../base/shape.ts'
import { registry } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { asStored } from './builder.ts'
import { irNameTaken, irUnknownName, irUnknownOp } from './errors.ts'
import { makeControl } from './control.ts'
import type {
  ControlName,
  Graph,
  GraphConstant,
  GraphControl,
  GraphInput,
  GraphNode,
  GraphValue,
  StateWrite,
} from './graph.ts'
import { TextReader } from './text-reader.ts'

/** The graph that `printGraph` wrote as `text`. Types are read, not inferred: `verifyGraph` compares them. */
export function parseGraph(text: string): Graph {
  const reader = new TextReader(text)
  reader.skipEmptyLines()
  reader.expectMark('graph')
  const graph = graphAfterLabel(reader)
  if (!reader.isAtEnd()) reader.fail('nothing after the graph')
  return graph
}

/** Inputs and lines of a graph or of a region, whose values have names of their own. */
function graphAfterLabel(reader: TextReader): Graph {
  const values = new Map<string, GraphValue>()
  reader.expectMark('(')
  const inputs = reader.list(')', () => defined(reader, values, () => input(reader)))
  reader.expectMark('{')
  reader.endLine()
  const writes: StateWrite[] = []
  const checks: GraphValue[] = []
  let results: readonly GraphValue[] | undefined
  while (!reader.takes('}')) {
    if (results) reader.fail('"}" after the line of results')
    if (reader.take(/return\b/y)) results = reader.take(/(?=\s*\n)/y) === undefined ? used(reader, values) : []
    else if (reader.take(/write\b/y)) writes.push(write(reader, values))
    else if (reader.take(/check\b/y)) checks.push(use(reader, values))
    else line(reader, values)
    reader.endLine()
  }
  if (!results) return reader.fail('a line "return …" before this one')
  return { inputs, results, writes, ...(checks.length > 0 ? { checks } : {}) }
}

const isOpName = (name: string): name is OpName => Object.hasOwn(registry, name)
const namePattern = /%(?:"(?:[^"\\\n]|\\.)*"|[\w$.]+)/y
const nameOf = (text: string): string => (text[1] === '"' ? String(JSON.parse(text.slice(1))) : text.slice(1))

function defined<V extends GraphValue>(
  reader: TextReader,
  values: Map<string, GraphValue>,
  read: () => [string, V],
): V {
  const [name, value] = read()
  define(reader, values, name, value, reader.offset)
  return value
}

function define(
  reader: TextReader,
  values: Map<string, GraphValue>,
  name: string,
  value: GraphValue,
  at: number,
): void {
  if (values.has(name)) throw irNameTaken(reader.positionAt(at), name)
  values.set(name, value)
}

function input(reader: TextReader): [string, GraphInput] {
  // The pattern allows no other word.
  const role = (reader.take(/(?:state|capture)\b/y) ?? 'argument') as GraphInput['role']
  const weak = reader.take(/weak\b/y) !== undefined
  const name = reader.expect(namePattern, 'the name of an input, as %x')
  reader.expectMark(':')
  const value: GraphInput = { op: 'input', role, name: nameOf(name), type: type(reader) }
  return [name, weak ? { ...value, weak } : value]
}

function use(reader: TextReader, values: ReadonlyMap<string, GraphValue>): GraphValue {
  const at = reader.offset
  const name = reader.expect(namePattern, 'a value, as %3')
  const value = values.get(name)
  if (!value) throw irUnknownName(reader.positionAt(at), name)
  return value
}

function used(reader: TextReader, values: ReadonlyMap<string, GraphValue>): GraphValue[] {
  const found = [use(reader, values)]
  while (reader.takes(',')) found.push(use(reader, values))
  return found
}

function write(reader: TextReader, values: ReadonlyMap<string, GraphValue>): StateWrite {
  const state = use(reader, values)
  if (state.op !== 'input') reader.fail('the name of a state input before "<-"')
  reader.expectMark('<-')
  return { state, value: use(reader, values) }
}

/** `%3 = op(%1, %2) {attrs} : type // source`; a control op has several names and types, and its regions on the lines that follow. */
function line(reader: TextReader, values: Map<string, GraphValue>): void {
  const at = reader.offset
  const names = [reader.expect(namePattern, '"%name = …", "write", "check", "return" or "}"')]
  while (reader.takes(',')) names.push(reader.expect(namePattern, 'the name of a result, as %4'))
  reader.expectMark('=')
  const opAt = reader.offset
  const op = reader.expect(/\w+/y, 'the name of an op')
  reader.expectMark('(')
  const made = isControlName(op) ? control(reader, values, op).results : [value(reader, values, op, opAt)]
  if (made.length !== names.length) reader.fail(`${names.length} results before this line; ${op} has ${made.length}`)
  names.forEach((name, i) => define(reader, values, name, made[i]!, at))
}

function value(
  reader: TextReader,
  values: ReadonlyMap<string, GraphValue>,
  op: string,
  at: number,
): GraphNode | GraphConstant {
  if (op === 'constant') return constant(reader)
  if (!isOpName(op)) throw irUnknownOp(reader.positionAt(at), op)
  const operands = reader.list(')', () => use(reader, values))
  const attrs = reader.takes('{') ? attributes(reader) : {}
  reader.expectMark(':')
  return { op, operands, attrs, type: type(reader), ...source(reader) }
}

function source(reader: TextReader): { readonly source?: string } {
  return reader.takes('//') ? { source: reader.expect(/[^\n]+/y, 'file:line:column').trim() } : {}
}

const controlNames: readonly string[] = [
  'cond',
  'switchCase',
  'customVjp',
  'whileLoop',
  'forLoop',
  'scan',
] satisfies ControlName[]
const isControlName = (name: string): name is ControlName => controlNames.includes(name)

function control(reader: TextReader, values: ReadonlyMap<string, GraphValue>, name: ControlName): GraphControl {
  const operands = reader.list(')', () => use(reader, values))
  const { carried = 0, counted = false } = reader.takes('{') ? attributes(reader) : {}
  reader.expectMark(':')
  type(reader)
  while (reader.takes(',')) type(reader) // what the regions return says it too
  const from = source(reader)
  const regions: Graph[] = []
  while (reader.take(/\s*region\b/y) !== undefined) regions.push(graphAfterLabel(reader))
  if (regions.length === 0) reader.fail('a region')
  return makeControl({ name, operands, regions, carried: Number(carried), counted: Boolean(counted), ...from })
}

function constant(reader: TextReader): GraphConstant {
  const elements = reader.takes('[') ? reader.list(']', () => number(reader)) : number(reader)
  reader.expectMark(')')
  reader.expectMark(':')
  const of = type(reader)
  return { op: 'constant', value: stored(elements, of.dtype), type: of }
}

const stored = (elements: number | number[], dtype: Dtype): number | TypedArray =>
  typeof elements === 'number' ? asStored(elements, dtype) : new dtypeInfo[dtype].array(elements)

const byShortName: ReadonlyMap<string, Dtype> = new Map(dtypes.map((dtype) => [dtypeInfo[dtype].short, dtype]))

function type(reader: TextReader): TensorType {
  const at = 'a type, as f32[4, 2]'
  const dtype = byShortName.get(reader.expect(/\w+/y, at))
  if (!dtype) reader.fail(`${at}, before this`)
  reader.expectMark('[')
  return { dtype, shape: reader.list(']', () => number(reader)) }
}

const number = (reader: TextReader): number =>
  Number(reader.expect(/-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity|NaN)/y, 'a number'))

const attributes = (reader: TextReader): Attrs =>
  Object.fromEntries(
    reader.list('}', () => {
      const key = reader.expect(/\w+/y, 'the name of an attribute')
      reader.expectMark(':')
      return [key, attribute(reader)]
    }),
  )

function attribute(reader: TextReader): unknown {
  if (reader.takes('[')) return reader.list(']', () => attribute(reader))
  if (reader.takes('{')) return attributes(reader)
  const literal = reader.take(/"(?:[^"\\\n]|\\.)*"|true\b|false\b|null\b/y)
  return literal === undefined ? number(reader) : JSON.parse(literal)
}
