import type { ControlSpec } from '../../autograd/control-gradient.ts'
import type { TypedArray } from '../../base/dtype.ts'
import { InternalError } from '../../base/errors.ts'
import { checkFailed } from '../../compile/check-failed.ts'
import { CompiledProgram } from '../../compile/compiled-program.ts'
import { compileGraphOnce } from '../../compile/graph-cache.ts'
import { makeControl } from '../../ir/control.ts'
import { FailedOp, GraphEvaluation } from '../../compile/graph-evaluation.ts'
import type { Graph, GraphControl, GraphInput, GraphValue } from '../../ir/graph.ts'
import { context } from '../context.ts'
import { effectOfControl } from '../debug/effects.ts'
import { printsOfRegions } from '../hybridize/replay-effects.ts'
import { readResult, writeLeaf } from '../hybridize/bindings.ts'
import { makeRoom, RoomNeeded } from '../hybridize/residual-room.ts'
import type { Tensor } from '../tensor.ts'
import { canFail } from './can-fail.ts'

const options = { target: 'wasm' } as const
const nothing = (): never => {
  throw new InternalError('a control op on its own has neither states nor captures')
}

/** Runs one control op by a program of its own: when what has been put off is computed before its call ends. */
export function evaluateControl(control: ControlSpec, operands: readonly Tensor[]): TypedArray[] {
  const inputs = operands.map(({ type }, i): GraphInput => ({ op: 'input', role: 'argument', name: `arg${i}`, type }))
  const made = makeControl({ ...control, operands: inputs })
  if (effectOfControl(made.results[0]!, control.regions, false).length > 0) return evaluateWithPrints(made, operands)
  const graph: Graph = {
    inputs,
    results: made.results,
    writes: [],
    ...(canFail(made) ? { checks: made.results.slice(0, 1) } : {}),
  }
  const { compiled } = compileGraphOnce(graph, options)
  const program = new CompiledProgram(compiled, { addressOf: nothing, elementsOf: nothing }, options)
  try {
    inputs.forEach((input, i) => {
      const place = program.inputs.get(input)
      if (place) writeLeaf(place, operands[i]!)
    })
    const site = program.run()
    if (site !== 0 && !context.recorder && makeRoom(compiled.plan.checkSites, site)) throw new RoomNeeded()
    if (site !== 0) throw checkFailed(compiled.plan.checkSites, site, control.name)
    return program.results.map((place) => readResult(place).copyElements())
  } finally {
    program.dispose()
  }
}

/** Op by op, so that what regions print comes out when it is computed. */
function evaluateWithPrints({ operands: inputs, results }: GraphControl, operands: readonly Tensor[]): TypedArray[] {
  const elements = new Map<GraphValue, TypedArray>(inputs.map((input, i) => [input, operands[i]!.copyElements()]))
  const evaluation = new GraphEvaluation((input) => elements.get(input)!, undefined, printsOfRegions)
  try {
    return results.map((result) => evaluation.elements(result).slice())
  } catch (failure) {
    throw failure instanceof FailedOp ? failure.error : failure
  }
}
