import { isFloat, type TypedArray } from '../../src/base/dtype.ts'
import { GryphError } from '../../src/base/errors.ts'
import { elementCount, type TensorType } from '../../src/base/shape.ts'
import { applyOp } from '../../src/frontend/eager.ts'
import { assign, cast, noGrad, sum, tensor, valueAndGrad, variable, type Tensor } from '../../src/index.ts'
import { currentInterpreter } from '../../src/ops/interpreter.ts'
import { elementsOf, numberOf } from './elements.ts'
import { namedCalls } from './named-calls.ts'
import { type AssignStep, type InputStep, isStepRange, type Program, type Step } from './program.ts'

export const callCount = 3

/** What one call gave: results, what happened to gradients, and every state afterwards; or the code of the error it threw. */
export interface CallOutcome {
  readonly values: readonly TypedArray[] | string
  readonly states: readonly TypedArray[]
  /** What the function read on the host. */
  readonly reads: readonly TypedArray[]
}

/** A program bound to states of its own. */
export interface Instance {
  readonly fn: (...args: (Tensor | number)[]) => readonly Tensor[]
  readonly argumentsAt: (call: number) => (Tensor | number)[]
  readonly states: readonly Tensor[]
  /** Filled by calls of `fn`. */
  readonly reads: TypedArray[]
}

/** A tensor of these elements that lies in memory as the step says. */
function placed({ type, lies }: InputStep, elements: TypedArray): Tensor {
  const { dtype, shape } = type
  const plain = tensor(elements, { dtype, shape })
  if (elementCount(shape) === 0 || lies === 'row-major' || shape.length === 0) return plain
  const reverse = shape.map((_, axis) => shape.length - 1 - axis)
  if (lies === 'transposed')
    return applyOp('permute', [applyOp('copy', [applyOp('permute', [plain], { axes: reverse })])], { axes: reverse })
  const backwards = { starts: shape.map((size) => size - 1), sizes: shape, steps: shape.map(() => -1) }
  return applyOp('slice', [applyOp('copy', [applyOp('slice', [plain], backwards)])], backwards)
}

const isLeafState = (program: Program, step: Step): boolean =>
  program.goal !== 'values' && step.kind === 'state' && isFloat(step.type.dtype)

export function instantiate(program: Program): Instance {
  const { steps, goal } = program
  const fixed = new Map<number, Tensor>()
  steps.forEach((step, i) => {
    if (step.kind === 'capture') fixed.set(i, placed(step, elementsOf(step.type, step.flavour, step.seed, 0)))
    if (step.kind === 'state')
      fixed.set(
        i,
        variable(elementsOf(step.type, step.flavour, step.seed, 0), {
          ...step.type,
          requiresGrad: isLeafState(program, step),
        }),
      )
  })
  const inputs = steps.flatMap((step) => (step.kind === 'argument' || step.kind === 'number' ? [step] : []))
  const reads: TypedArray[] = []
  const body = (args: readonly (Tensor | number)[]): readonly Tensor[] => run(program, fixed, args, reads)
  const whole = (args: readonly (Tensor | number)[]): readonly Tensor[] =>
    goal === 'descent'
      ? descend(body(args), trained)
      : goal === 'inner gradient'
        ? withGradients(body, args)
        : body(args)
  const states = steps.flatMap((step, i) => (step.kind === 'state' ? [fixed.get(i)!] : []))
  const trained = steps.flatMap((step, i) => (isLeafState(program, step) ? [fixed.get(i)!] : []))
  return {
    fn: (...args) => {
      const results = whole(args)
      if (program.readsResults) for (const result of results) reads.push(result.data())
      return results
    },
    argumentsAt: (call) =>
      inputs.map((step) =>
        step.kind === 'number'
          ? numberOf(step.seed, call)
          : placed(step, elementsOf(step.type, step.flavour, step.seed, call)),
      ),
    states,
    reads,
  }
}

function run(
  { steps, results, reads = [] }: Program,
  fixed: ReadonlyMap<number, Tensor>,
  args: readonly (Tensor | number)[],
  read: TypedArray[],
): Tensor[] {
  const values: (Tensor | number)[] = []
  let next = 0
  for (const [i, step] of steps.entries()) {
    values[i] = valueOf(
      step,
      values as Tensor[],
      fixed.get(i) ?? args[step.kind === 'argument' || step.kind === 'number' ? next++ : -1],
    ) // numbers only reach calls
    for (const { after, value } of reads) if (after === i) read.push((values[value] as Tensor).data()) // reads are of tensors
  }
  return results.map((i) => values[i] as Tensor) // only tensors are results
}

function valueOf(step: Step, values: readonly Tensor[], given: Tensor | number | undefined): Tensor | number {
  switch (step.kind) {
    case 'constant':
      return currentInterpreter().constant(step.value, step.dtype) as Tensor
    case 'op':
      return applyOp(
        step.op,
        step.operands.map((operand) => values[operand]!),
        step.attrs,
      )
    case 'call': {
      const call = namedCalls[step.call] as (...operands: unknown[]) => Tensor // the draft tried these operands
      return call(...step.operands.map((operand) => values[operand]!), ...(step.axis === undefined ? [] : [step.axis]))
    }
    case 'assign':
      change(step, values)
      return 0
    default:
      return given!
  }
}

function change({ state, value, method, place }: AssignStep, values: readonly Tensor[]): void {
  const [variable, operand] = [values[state]!, values[value]!]
  if (method) variable[method](operand)
  else if (place)
    variable
      .at(...place.ranges.map((range) => (isStepRange(range) ? values[range.step]! : range)))
      [place.method](operand)
  else assign(variable, operand)
}

/** The sum of all float results, as float32. */
const lossOf = (results: readonly Tensor[]): Tensor | undefined =>
  results
    .filter(({ dtype }) => isFloat(dtype))
    .reduce<Tensor | undefined>((loss, result) => {
      const part = cast(sum(result), 'float32')
      return loss ? loss.add(part) : part
    }, undefined)

function withGradients(
  body: (args: readonly (Tensor | number)[]) => readonly Tensor[],
  args: readonly (Tensor | number)[],
): readonly Tensor[] {
  const argnums = args.flatMap((arg, i) => (typeof arg !== 'number' && !arg.weak && isFloat(arg.dtype) ? [i] : []))
  let results: readonly Tensor[] = []
  const loss = (...given: readonly (Tensor | number)[]): Tensor => {
    results = body(given)
    return lossOf(results) ?? (currentInterpreter().constant(0, 'float32') as Tensor)
  }
  if (argnums.length === 0) return body(args)
  const [value, gradients] = valueAndGrad(loss, { argnums })(...args)
  return [value, ...gradients]
}

function descend(results: readonly Tensor[], trained: readonly Tensor[]): readonly Tensor[] {
  const loss = lossOf(results)
  if (!loss?.requiresGrad) return results
  loss.backward()
  noGrad(() => {
    for (const parameter of trained) {
      if (parameter.grad) assign(parameter, parameter.sub(parameter.grad.mul(0.01)))
      parameter.grad = null
    }
  })
  return [loss]
}

/** The calls of `fn` one after the other. An error leaves states as they were: compiled calls promise it, and here it is put right. */
export function outcomesOf(
  program: Program,
  { argumentsAt, states, reads }: Instance,
  fn: Instance['fn'],
  calls = callCount,
): CallOutcome[] {
  return Array.from({ length: calls }, (_, call) => {
    const before = states.map((state) => state.data())
    let values: CallOutcome['values']
    try {
      values =
        program.goal === 'outer gradient'
          ? outerGradients(fn, argumentsAt(call), states)
          : fn(...argumentsAt(call)).map((result) => result.data())
    } catch (error) {
      if (!(error instanceof GryphError)) throw error
      values = error.code
      states.forEach((state, i) => assign(state, tensor(before[i]!, state.type as TensorType)))
    }
    return { values, states: states.map((state) => state.data()), reads: reads.splice(0) }
  })
}

/** Results, and the gradients that a tape around the call leaves on what it was given. */
function outerGradients(
  fn: Instance['fn'],
  args: readonly (Tensor | number)[],
  states: readonly Tensor[],
): TypedArray[] {
  const leaves: Tensor[] = []
  const tracked = args.map((arg) => {
    if (typeof arg === 'number' || !isFloat(arg.dtype)) return arg
    const leaf = tensor(arg, { requiresGrad: true })
    leaves.push(leaf)
    return leaf.mul(1)
  })
  const results = fn(...tracked)
  const loss = lossOf(results)
  if (loss?.requiresGrad) loss.backward()
  const gradients = [...leaves, ...states].flatMap((leaf) => {
    const { grad } = leaf
    leaf.grad = null
    return grad ? [grad.data()] : []
  })
  return [...results.map((result) => result.data()), ...gradients]
}
