import type { Dtype } from '../../../base/dtype.ts'
import { sameShape, type Shape } from '../../../base/shape.ts'
import { elementFormats } from '../../../data/elements/element-formats.ts'
import { cond, isTraced } from '../../../frontend/control/cond.ts'
import { forLoop } from '../../../frontend/control/for-loop.ts'
import { scan } from '../../../frontend/control/scan.ts'
import { whileLoop } from '../../../frontend/control/while-loop.ts'
import { stack } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'

import type { OnnxGraph, OnnxValue } from '../../model.ts'
import { Constant, integers } from '../constant.ts'
import { Sequence, type NodeCall, type NodeResult, type NodeValue, type OperatorTable } from '../node-call.ts'

/** Graphs in attributes are run as JavaScript where it is known what they do; else they become gryph's control flow. */

const asTensor = (call: NodeCall, value: NodeValue | undefined): Tensor => {
  if (value === undefined || value instanceof Sequence) throw call.failed('a graph in it gives no tensor')
  return value instanceof Constant ? value.tensor() : value
}

/** What a graph says that it gives, where it says all of it. */
function declared({ elementType, shape }: OnnxValue): { dtype: Dtype; shape: Shape } | undefined {
  if (elementType === undefined || !shape?.every((size) => typeof size === 'number')) return undefined
  return { dtype: elementFormats[elementType].dtype, shape }
}

const isAlike = (a: OnnxValue, b: OnnxValue | undefined): boolean => {
  const [first, second] = [declared(a), b && declared(b)]
  return (
    first !== undefined && second !== undefined && first.dtype === second.dtype && sameShape(first.shape, second.shape)
  )
}

/**
 * One of two graphs. A compiled function holds both where they say that they give the same; else the condition is read, for
 * models choose between shapes this way.
 */
function either(call: NodeCall): NodeResult {
  const [yes, no] = [call.graph('then_branch'), call.graph('else_branch')]
  const test = call.value(0)
  if (
    isTraced(test) &&
    yes.outputs.length === no.outputs.length &&
    yes.outputs.every((each, i) => isAlike(each, no.outputs[i]))
  )
    return cond(
      test,
      () => call.run.runGraph(yes, []).map((value) => asTensor(call, value)),
      () => call.run.runGraph(no, []).map((value) => asTensor(call, value)),
    )
  return call.run.runGraph(call.number(0) === 0 ? no : yes, [])
}

function loop(call: NodeCall): NodeResult {
  const body = call.graph('body')
  const carried = call.inputs.slice(2).map((_, i) => call.value(i + 2))
  const scanned = body.outputs.length - 1 - carried.length
  if (scanned < 0 || body.inputs.length !== carried.length + 2)
    throw call.failed(`its body takes ${body.inputs.length} values and gives ${body.outputs.length}`)
  const states = staticStates(body, carried)
  const isTest = !isAlwaysOn(body)
  if (states && scanned === 0 && (call.inputs.some(isTraced) || isRecorded(states)))
    return isTest ? whileOn(call, body, states) : repeated(call, body, states)
  return unrolled(call, body, carried, scanned)
}

const isRecorded = (states: readonly Tensor[]): boolean => states.some(isTraced)

/** The first states as tensors, if all keep their shapes and dtypes from pass to pass. */
function staticStates(body: OnnxGraph, carried: readonly NodeValue[]): Tensor[] | undefined {
  const tensors: Tensor[] = []
  for (const [i, value] of carried.entries()) {
    if (value instanceof Sequence) return undefined
    const type = declared(body.outputs[i + 1]!)
    if (!type || type.dtype !== value.dtype || !sameShape(type.shape, value.shape)) return undefined
    tensors.push(value instanceof Constant ? value.tensor() : value)
  }
  return tensors
}

/** Whether a body only hands on that the loop goes on. */
function isAlwaysOn(body: OnnxGraph): boolean {
  let name = body.outputs[0]?.name
  const makers = new Map(body.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  for (let step = 0; step <= body.nodes.length; step++) {
    if (name === body.inputs[1]?.name) return true
    const maker = name === undefined ? undefined : makers.get(name)
    if (maker?.opType !== 'Identity') return false
    name = maker.inputs[0]
  }
  return false
}

function pass(call: NodeCall, body: OnnxGraph, i: NodeValue, on: NodeValue, states: readonly NodeValue[]): NodeValue[] {
  call.run.countPass(call.node)
  return call.run.runGraph(body, [i, on, ...states]).map((value) => value ?? new Sequence([]))
}

const on = new Constant('bool', [], [1])

function repeated(call: NodeCall, body: OnnxGraph, states: readonly Tensor[]): Tensor[] {
  const goesOn = call.has(1) ? call.number(1) !== 0 : true
  const count = call.has(0) ? call.value(0) : undefined
  if (!goesOn) return [...states]
  if (count === undefined) throw call.failed('it never ends')
  const end = count instanceof Constant ? Math.min(call.number(0), 2 ** 31 - 1) : call.tensor(0).reshape([])
  return forLoop(
    0,
    end,
    (i, state: Tensor[]) =>
      pass(call, body, i, on, state)
        .slice(1)
        .map((value) => asTensor(call, value)),
    [...states],
  )
}

function whileOn(call: NodeCall, body: OnnxGraph, states: readonly Tensor[]): Tensor[] {
  const first = integers([0], []).tensor()
  const limit = call.has(0) ? call.tensor(0).reshape([]) : undefined
  const goesOn = call.has(1) ? call.tensor(1).reshape([]).cast('bool') : on.tensor()
  type State = { readonly i: Tensor; readonly goesOn: Tensor; readonly values: readonly Tensor[] }
  const last = whileLoop(
    (state: State) => (limit ? state.goesOn.logicalAnd(state.i.less(limit)) : state.goesOn),
    (state) => {
      const [next, ...values] = pass(call, body, state.i, state.goesOn, state.values).map((value) =>
        asTensor(call, value),
      )
      return { i: state.i.add(1), goesOn: next!.reshape([]).cast('bool'), values }
    },
    { i: first, goesOn, values: states } as State,
  )
  return [...last.values]
}

/** Pass by pass, as JavaScript: shapes may change, and results are kept. */
function unrolled(call: NodeCall, body: OnnxGraph, carried: readonly NodeValue[], scanned: number): NodeResult {
  const count = call.has(0) ? call.number(0) : Infinity
  let goesOn: NodeValue = call.has(1) ? call.value(1) : on
  let states = carried
  const kept: NodeValue[][] = []
  for (let i = 0; i < count && isOn(call, goesOn); i++) {
    const [next, ...rest] = pass(call, body, integers([i], []), goesOn, states)
    goesOn = next!
    states = rest.slice(0, carried.length)
    kept.push(rest.slice(carried.length))
  }
  const stacks = Array.from({ length: scanned }, (_, k) => {
    if (kept.length > 0) return stack(kept.map((values) => asTensor(call, values[k])))
    const type = declared(body.outputs[1 + carried.length + k]!)
    if (!type) throw call.failed('a loop without a pass does not say what it gives')
    return new Constant(type.dtype, [0, ...type.shape], [])
  })
  return [...states, ...stacks]
}

function isOn(call: NodeCall, test: NodeValue): boolean {
  if (test instanceof Sequence) throw call.failed('its condition is a sequence')
  const [value] = test instanceof Constant ? [test.data[0]] : test.data()
  return value !== 0
}

function scanned(call: NodeCall): NodeResult {
  if (call.opset < 9) throw call.unsupported('is of opset 8')
  const body = call.graph('body')
  const count = call.int('num_scan_inputs')
  const states = call.inputs.length - count
  const outputs = body.outputs.length - states
  if (count < 1 || states < 0 || outputs < 0)
    throw call.failed(`${count} of ${call.inputs.length} inputs are gone over`)
  const list = (name: string, length: number): readonly number[] => call.ints(name) ?? Array.from({ length }, () => 0)
  const [axes, turns] = [list('scan_input_axes', count), list('scan_input_directions', count)]
  const [outAxes, outTurns] = [list('scan_output_axes', outputs), list('scan_output_directions', outputs)]
  const xs = Array.from({ length: count }, (_, i) => {
    const x = call.tensor(states + i)
    const axis = call.axis(axes[i] ?? 0, x.rank)
    const first = axis === 0 ? x : x.permute([axis, ...x.shape.keys()].filter((each, at) => at === 0 || each !== axis))
    return turns[i] === 1 ? first.slice([[null, null, -1]]) : first
  })
  const [last, ys] = scan(
    (state: readonly Tensor[], elements: readonly Tensor[]) => {
      const values = scanPass(call, body, state, elements)
      return [values.slice(0, states), values.slice(states)] as const
    },
    Array.from({ length: states }, (_, i) => call.tensor(i)) as readonly Tensor[],
    xs as readonly Tensor[],
  ) as unknown as [readonly Tensor[], readonly Tensor[]] // the results have the body's form
  const results = ys.map((y, i) => {
    const turned = outTurns[i] === 1 ? y.slice([[null, null, -1]]) : y
    const axis = call.axis(outAxes[i] ?? 0, y.rank)
    if (axis === 0) return turned
    return turned.permute(y.shape.map((_, at) => (at === axis ? 0 : at < axis ? at + 1 : at)))
  })
  return [...last, ...results]
}

function scanPass(call: NodeCall, body: OnnxGraph, state: readonly Tensor[], elements: readonly Tensor[]): Tensor[] {
  call.run.countPass(call.node)
  return call.run.runGraph(body, [...state, ...elements]).map((value) => asTensor(call, value))
}

export const controlOperators: OperatorTable = { If: either, Loop: loop, Scan: scanned }
