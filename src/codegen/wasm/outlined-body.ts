import type { Statement, Variable } from '../../kernel/ir.ts'
import type { LinearForm } from './addressing.ts'
import type { Loop } from './emit-statement.ts'
import type { KernelContext, Placement } from './kernel-context.ts'
import { visitKernel } from './visit-kernel.ts'

/** Kernels that carry out fewer statements are done before better code is ready for them. */
const leastStatements = 1 << 24
/** Of such kernels, loops with fewer stay where they are. */
const leastStatementsPerLoop = 1 << 21
/** A call in the loop takes as long as about 15 of them. */
const leastStatementsPerPass = 10_000
const leastPasses = 8

/**
 * The loops of a long contraction whose bodies are to be functions of their own: engines replace a function by optimized code when it is
 * called again, never while it runs, so the first step of a program would stay in baseline code to the end of each kernel. They are the
 * innermost ones whose passes are long enough for the call not to count.
 */
export function outlinedLoops(body: readonly Statement[]): ReadonlySet<Loop> {
  const chosen = new Set<Loop>()
  const counts = new Map<Loop, number>()
  let multiplies = false
  const count = (statements: readonly Statement[]): number => {
    let sum = 0
    for (const statement of statements) {
      if (statement.kind === 'assign') multiplies ||= statement.value.kind === 'fma'
      if (statement.kind !== 'loop') {
        sum++
        continue
      }
      const inside = count(statement.body)
      counts.set(statement, inside)
      sum += inside * passesOf(statement)
    }
    return sum
  }
  const choose = (statements: readonly Statement[], times: number): void => {
    for (const loop of statements) {
      if (loop.kind !== 'loop') continue
      const inside = counts.get(loop)!
      const passes = times * passesOf(loop)
      if (inside < leastStatementsPerPass || inside * passes < leastStatementsPerLoop) continue
      const before = chosen.size
      choose(loop.body, passes)
      if (chosen.size === before && loop.extent > loop.step && passes >= leastPasses && isClosed(loop.body))
        chosen.add(loop)
    }
  }
  if (count(body) >= leastStatements && multiplies) choose(body, 1)
  return chosen
}

const passesOf = ({ extent, step }: Loop): number => extent / step

/** Whether nothing in a body ends the kernel, and it sets no variable from outside. */
function isClosed(body: readonly Statement[]): boolean {
  const { bound, assigned } = variablesOf(body)
  let isOpen = false
  visitKernel(body, nothing, ({ kind }) => (isOpen ||= kind === 'check' || kind === 'barrier'))
  return !isOpen && [...assigned].every((variable) => bound.has(variable))
}

const nothing = (): void => {}

/** The variables from outside that a body reads. */
export function freeVariables(body: readonly Statement[]): Variable[] {
  const { bound, read } = variablesOf(body)
  return [...read].filter((variable) => !bound.has(variable))
}

function variablesOf(body: readonly Statement[]): { [K in 'bound' | 'assigned' | 'read']: Set<Variable> } {
  const [bound, assigned, read] = [new Set<Variable>(), new Set<Variable>(), new Set<Variable>()]
  visitKernel(
    body,
    (expression) => {
      if (expression.kind === 'read') read.add(expression.variable)
    },
    (statement) => {
      if (statement.kind === 'let') bound.add(statement.variable)
      if (statement.kind === 'assign') assigned.add(statement.variable)
    },
  )
  return { bound, assigned, read }
}

/** Locals of a function that a body in it needs, in the order in which they are passed to the body's own function. */
export class PassedLocals {
  readonly passed: readonly number[]
  readonly #outer: KernelContext

  constructor(outer: KernelContext, forms: readonly LinearForm[], variables: readonly Variable[]) {
    this.#outer = outer
    this.passed = [
      ...new Set([...outer.addressing.localsOf(forms), ...variables.map((variable) => outer.localOf(variable))]),
    ]
  }

  /** Which parameter a local of the outer function is. */
  readonly parameterOf = (local: number): number => this.passed.indexOf(local)

  readonly placementOf = (buffer: Parameters<KernelContext['placementOf']>[0]): Placement => {
    const placement = this.#outer.placementOf(buffer)
    return placement.kind === 'static' ? placement : { ...placement, position: this.parameterOf(placement.position) }
  }
}
