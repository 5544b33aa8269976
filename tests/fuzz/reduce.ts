import type { TensorType } from '../../src/base/shape.ts'
import { isStepRange, operandsOf, type Program, type Step } from './program.ts'

/**
 * A smaller program that still fails: results, updates and steps are dropped, values become arguments or earlier values of their type,
 * as long as `fails` says so. `typesOf` gives the type of every step's value.
 */
export async function reduceProgram(
  program: Program,
  typesOf: (program: Program) => readonly (TensorType | undefined)[],
  fails: (candidate: Program) => Promise<boolean>,
): Promise<Program> {
  let smallest = program
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false
    for (const candidate of candidates(smallest, typesOf(smallest))) {
      const pruned = prune(candidate)
      if (weight(pruned) >= weight(smallest) || !(await fails(pruned))) continue
      smallest = pruned
      isSmaller = true
      break
    }
  }
  return smallest
}

/** Inputs count little, so that cutting a step off from what it was made of is progress. */
const weight = ({ steps, results, goal, reads = [] }: Program): number =>
  results.length +
  reads.length +
  (goal === 'values' ? 0 : 5) +
  steps.reduce(
    (sum, step) =>
      sum +
      (step.kind === 'op' || step.kind === 'call' || step.kind === 'assign'
        ? 10
        : step.kind === 'argument'
          ? (step.flavour === 'ordinary' ? 0 : 0.1) + (step.lies === 'row-major' ? 1 : 1.1)
          : step.kind === 'constant'
            ? 0.5
            : 2),
    0,
  )

function* candidates(program: Program, types: readonly (TensorType | undefined)[]): Generator<Program> {
  const { steps, results } = program
  if (program.goal !== 'values') yield { ...program, goal: 'values' }
  const { reads = [] } = program
  for (let i = 0; i < reads.length; i++) yield { ...program, reads: reads.toSpliced(i, 1) }
  if (results.length > 1) for (const result of results) yield { ...program, results: [result] }
  for (const result of results) yield { ...program, results: results.filter((other) => other !== result) }
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!
    const type = types[i]
    if (step.kind === 'assign') yield withStep(program, i, { kind: 'constant', value: 0, dtype: 'float32' })
    else if (type && step.kind !== 'argument' && step.kind !== 'constant')
      yield withStep(program, i, { kind: 'argument', type, flavour: 'ordinary', seed: 1, lies: 'row-major' })
    if (type && step.kind === 'argument') {
      yield withStep(program, i, { ...step, lies: 'row-major' })
      if (step.flavour === 'special' || step.flavour === 'whole')
        yield withStep(program, i, { ...step, flavour: 'ordinary' })
    }
    if (type && (step.kind === 'op' || step.kind === 'call')) {
      for (const operand of operandsOf(step)) {
        const other = types[operand]
        if (other && other.dtype === type.dtype && other.shape.join() === type.shape.join())
          yield renamed(program, (j) => (j === i ? operand : j))
      }
    }
  }
}

const withStep = (program: Program, at: number, step: Step): Program => ({
  ...program,
  steps: program.steps.with(at, step),
})

function renamed(program: Program, rename: (i: number) => number): Program {
  const steps = program.steps.map((step): Step => {
    if (step.kind === 'op' || step.kind === 'call') return { ...step, operands: step.operands.map(rename) }
    if (step.kind !== 'assign') return step
    const { place } = step
    const ranges = place?.ranges.map((range) => (isStepRange(range) ? { step: rename(range.step) } : range))
    const moved = { ...step, state: rename(step.state), value: rename(step.value) }
    return place && ranges ? { ...moved, place: { ...place, ranges } } : moved
  })
  const reads = program.reads?.map(({ after, value }) => ({ after, value: rename(value) }))
  return { ...program, steps, results: program.results.map(rename), ...(reads ? { reads } : {}) }
}

/** Without the steps that neither results nor updates need. */
function prune(program: Program): Program {
  const { steps, results } = program
  const needed = new Set<number>([...results, ...(program.reads ?? []).map(({ value }) => value)])
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!
    if (step.kind === 'assign') needed.add(i)
    if (needed.has(i)) operandsOf(step).forEach((operand) => needed.add(operand))
  }
  const kept = steps.flatMap((_, i) => (needed.has(i) ? [i] : []))
  const places = new Map(kept.map((i, place) => [i, place]))
  const moved = renamed(program, (i) => places.get(i) ?? i)
  const reads = moved.reads?.map(({ after, value }) => ({ value, after: kept.findLastIndex((i) => i <= after) }))
  return { ...moved, steps: kept.map((i) => moved.steps[i]!), ...(reads ? { reads } : {}) }
}
