import { togetherOf } from '../../autograd/custom-gradient.ts'
import type { JointDerivation } from '../../autograd/pull-back.ts'
import { whereTouched, type Sum } from '../../autograd/sum.ts'
import { isFloat } from '../../base/dtype.ts'
import { sameType } from '../../base/shape.ts'
import { nextInProgram } from '../../ir/marks.ts'
import { currentInterpreter } from '../../ops/interpreter.ts'
import { context, withContext } from '../context.ts'
import { requireFunctions } from '../control/cond.ts'
import { structureOf } from '../control/structure.ts'
import { recorderInUse } from '../control/trace-region.ts'
import { changedBeforeBackward } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { replaced, type CustomCall } from './custom-call.ts'
import { customArgument, customBackward, customCapture, customCotangent, customForward } from './errors.ts'
import { traceCustomVjp } from './trace-custom-vjp.ts'

/**
 * A function with a gradient of your own. `forward` gives [value, residuals]: the value is a tensor, or arrays and objects of tensors, and the
 * residuals are whatever `backward(residuals, cotangent)` needs to give the cotangents of the arguments, in their order and with null where
 * none flows. Gradients go to arguments alone. A residual that is an argument or a part of the value stays that one, so gradients of
 * gradients go through it; what else `forward` made is differentiated as it was computed.
 *
 * @throws CUSTOM_VJP_ARGUMENT, CUSTOM_VJP_CAPTURE, CUSTOM_VJP_RESULT, CUSTOM_VJP_ASSIGNS
 * @example
 * const round = customVjp((x: Tensor) => [x.add(0.5).floor(), null], (_, cotangent: Tensor) => [cotangent])
 * grad((x: Tensor) => round(x).mul(x).sum())(tensor([1.2])).toArray() // [2.2], as if round'(x) were 1
 */
export function customVjp<A extends readonly unknown[], R, S>(
  forward: (...args: A) => readonly [value: R, residuals: S],
  backward: (residuals: S, cotangent: R) => readonly (Tensor | null | undefined)[],
): (...args: A) => R {
  requireFunctions('customVjp', forward, backward)
  return (...args) => {
    const isTracked = (value: unknown): boolean => value instanceof Tensor && value.requiresGrad && context.gradEnabled
    const positions = [...args.keys()].filter((i) => isTarget(args[i]))
    args.forEach((arg, i) => {
      if (!(arg instanceof Tensor) && structureOf(arg).leaves.some(({ value }) => isTracked(value)))
        throw customArgument(i)
    })
    const call: CustomCall = {
      args,
      positions,
      forward: () => {
        const start = nextInProgram()
        const made: unknown = forward(...args)
        if (!Array.isArray(made) || made.length !== 2) throw customForward(made)
        const values = structureOf(made[0])
        if (values.leaves.length === 0 || !values.leaves.every(({ value }) => value instanceof Tensor))
          throw customForward(made[0])
        for (const { value } of values.leaves) requireFromArguments(value as Tensor, args, start) // the line above
        return { values, residuals: structureOf(made[1]) }
      },
      backward: (residuals, cotangent) =>
        checked(
          withContext({ isHidden: false }, () => backward(residuals as S, cotangent as R)), // as forward gave them
          args,
          positions,
        ),
    }
    if (!positions.some((i) => isTracked(args[i]))) {
      const { values } = call.forward()
      return values.rebuild(values.leaves.map(({ value }) => value)) as R // what forward gave
    }
    const recorder = recorderInUse()
    return (recorder ? traceCustomVjp(recorder, call) : runCustomVjp(call)) as R // of the form of what forward gives
  }
}

const isTarget = (arg: unknown): boolean => arg instanceof Tensor && isFloat(arg.dtype) && !arg.weak

function runCustomVjp(call: CustomCall): unknown {
  const { values, residuals } = call.forward()
  const operands = call.positions.map((i) => call.args[i] as Tensor) // positions are those of tensors
  const results = values.leaves.map(({ value }) => separateResult(value as Tensor)) // checked by forward
  const seen = replaced(residuals, values, results)
  const changeable = [...operands, ...seen.leaves].filter(
    (each): each is Tensor => each instanceof Tensor && each.isVariable,
  )
  const versions = changeable.map(({ storage }) => storage.version)
  const derivation: JointDerivation<Tensor> = {
    operands,
    results,
    position: nextInProgram(),
    pullBackAll: ({ cotangents, needs }) => {
      if (changeable.some(({ storage }, i) => storage.version !== versions[i])) throw changedBeforeBackward('customVjp')
      const [touched, given] = togetherOf(cotangents, results)
      const pulled = call.backward(residuals.rebuild(seen.leaves), values.rebuild(given))
      const added = pulled.flatMap((each, i): (readonly [number, Sum])[] =>
        each && needs(i) ? [[i, { cotangent: whereTouched(each, touched), touched }]] : [],
      )
      return { sums: new Map(), added }
    },
  }
  for (const result of results) if (isFloat(result.dtype)) result.derivation = derivation
  return values.rebuild(results)
}

/** The same elements as a result of the call: a value may be an argument, which has a history of its own. */
function separateResult(value: Tensor): Tensor {
  const settled = value.isVariable ? value.clone() : value
  return withContext({ gradEnabled: false }, () =>
    currentInterpreter().apply('reshape', [settled], { shape: settled.shape }),
  ) as Tensor // the eager interpreter only makes tensors
}

/** Throws where a value was made from something that requires a gradient, and is no argument. */
function requireFromArguments(value: Tensor, args: readonly unknown[], start: number): void {
  if (!context.gradEnabled) return
  const seen = new Set<unknown>(args)
  const stack = [value]
  for (let tensor = stack.pop(); tensor; tensor = stack.pop()) {
    if (seen.has(tensor) || !tensor.requiresGrad) continue
    seen.add(tensor)
    if (!tensor.derivation || tensor.derivation.position < start) throw customCapture()
    stack.push(...tensor.derivation.operands)
  }
}

/** What the backward function gave for the arguments at `positions`. */
function checked(
  given: unknown,
  args: readonly unknown[],
  positions: readonly number[],
): readonly (Tensor | undefined)[] {
  if (!Array.isArray(given) || given.length !== args.length) throw customBackward(given, args.length)
  const cotangents = given as readonly unknown[] // isArray gives any[]
  cotangents.forEach((cotangent, i) => {
    if (cotangent === null || cotangent === undefined) return
    const arg = positions.includes(i) ? (args[i] as Tensor) : undefined // positions are those of tensors
    if (!arg || !(cotangent instanceof Tensor) || !sameType(cotangent.type, arg.type))
      throw customCotangent(i, cotangent, arg?.type)
  })
  return positions.map((i) => (cotangents[i] as Tensor | null | undefined) ?? undefined) // checked above
}
