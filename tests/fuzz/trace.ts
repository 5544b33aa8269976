import type { TensorType } from '../../src/base/shape.ts'
import { verifyGraph } from '../../src/ir/verify.ts'
import type { Graph, GraphValue } from '../../src/ir/graph.ts'
import { graphInterpreter, makeConstant, makeNode } from '../../src/ir/builder.ts'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import { GryphError } from '../../src/base/errors.ts'
import { verifyKernel } from '../../src/kernel/verify.ts'
import { withInterpreter, type Value } from '../../src/ops/interpreter.ts'
import { planFaults } from '../plan/plan-faults.ts'
import type { Mode } from './compare.ts'
import { instantiate } from './execute.ts'
import { namedCalls } from './named-calls.ts'
import { isInput, type Program } from './program.ts'

/** The type of every step's value; undefined for updates and numbers. */
export function typesOf({ steps }: Program): readonly (TensorType | undefined)[] {
  const values: (GraphValue | undefined)[] = []
  steps.forEach((step, i) => {
    const operands = step.kind === 'op' || step.kind === 'call' ? step.operands.map((operand) => values[operand]!) : []
    if (isInput(step)) values[i] = { op: 'input', role: 'argument', name: `v${i}`, type: step.type }
    else if (step.kind === 'number')
      values[i] = { op: 'input', role: 'argument', name: `v${i}`, type: { dtype: 'float64', shape: [] }, weak: true }
    else if (step.kind === 'constant') values[i] = makeConstant(step.value, { dtype: step.dtype, shape: [] })
    else if (step.kind === 'op') values[i] = makeNode(step.op, operands, step.attrs)
    else if (step.kind === 'call') {
      const call = namedCalls[step.call] as (...operands: unknown[]) => Value // the draft tried these operands
      values[i] = withInterpreter(graphInterpreter, () =>
        call(...operands, ...(step.axis === undefined ? [] : [step.axis])),
      ) as GraphValue // it only makes graph values
    }
  })
  return steps.map((step, i) => (step.kind === 'number' ? undefined : values[i]?.type))
}

/** What a hybridized call of the program records; undefined where it throws a coded error. */
export function tracedGraph(program: Program): Graph | undefined {
  const instance = instantiate(program)
  const args = instance.argumentsAt(0)
  try {
    const recorded = recordCall(
      (...given) => instance.fn(...(given as typeof args)),
      'program',
      args,
      templateOf(args, false),
      false,
    ) // stand-ins for the arguments
    return 'recording' in recorded ? recorded.recording.graph : undefined
  } catch (error) {
    if (error instanceof GryphError) return undefined
    throw error
  }
}

/** Compiles with every check on: of the graph after each pass, of each kernel, of the memory plan. */
export function checkCompilation(graph: Graph, mode: Mode): void {
  const { plan, optimized } = compileGraph(graph, mode, [(pass, _, after) => verifyGraph(after, pass.name)])
  verifyGraph(optimized)
  plan.kernels.forEach(verifyKernel)
  const faults = planFaults(plan, optimized)
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
