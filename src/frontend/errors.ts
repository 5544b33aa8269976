import { GryphError } from '../base/errors.ts'
import type { Dtype } from '../base/dtype.ts'
import { shapeText, type Shape, type TensorType } from '../base/shape.ts'
import { givenText } from '../ops/errors.ts'
import type { TraceOrigin } from './tensor.ts'

const typeText = ({ dtype, shape }: TensorType): string => `${dtype} ${shapeText(shape)}`

export const itemOfMany = (shape: Shape): GryphError =>
  new GryphError(
    'ITEM_NOT_SCALAR',
    `[item] the tensor has shape ${shapeText(shape)}, not one element. Use toArray() or data() for all of them, or reduce it first.`,
  )

export const comparedAsNumber = (type: TensorType): GryphError =>
  new GryphError(
    'TENSOR_AS_NUMBER',
    `[tensor] a tensor (${typeText(type)}) was used where JavaScript wants a number, for instance in \`t > 0\` or \`t + 1\`. Use t.greater(0), t.add(1), …, or t.item() for the number itself; for a number argument of a hybridized function that steers control flow, list it in staticArgs.`,
  )

export const staleView = (type: TensorType): GryphError =>
  new GryphError(
    'STALE_VIEW',
    `[tensor] this view (${typeText(type)}) shows a variable whose values have been replaced since. Take the view again after the update, or keep a copy with clone().`,
  )

export const escapedFromTrace = ({ functionName, source, isArgument }: TraceOrigin): GryphError =>
  new GryphError(
    'TRACED_TENSOR_ESCAPED',
    isArgument
      ? `[hybridize] an argument that ${functionName} kept is used after that call, but compiled calls keep nothing. Keep what was passed to ${functionName} outside of it, or return it.`
      : `[hybridize] a tensor made inside ${functionName}${source ? ` at ${source}` : ''} is used after that call, but compiled calls keep no intermediate values. Return it from ${functionName}, or make it outside.`,
  )

export const backwardFromNonScalar = (shape: Shape): GryphError =>
  new GryphError(
    'BACKWARD_NOT_SCALAR',
    `[backward] the tensor has shape ${shapeText(shape)}, not one element. Reduce it first (sum, mean), or pass a cotangent of its shape.`,
  )

export const notDifferentiable = (): GryphError =>
  new GryphError(
    'NOT_DIFFERENTIABLE',
    '[backward] the tensor was not made from anything that requires a gradient. Make the inputs with { requiresGrad: true }, and compute it outside noGrad() and with differentiable ops.',
  )

export const cotangentMismatch = (given: TensorType, wanted: TensorType): GryphError =>
  new GryphError(
    'COTANGENT_MISMATCH',
    `[backward] the cotangent is ${typeText(given)}, and the tensor ${typeText(wanted)}. Make them equal.`,
  )

export const dtypeNotDifferentiable = (where: string, dtype: Dtype): GryphError =>
  new GryphError(
    'DTYPE_NOT_DIFFERENTIABLE',
    `[${where}] a tensor of ${dtype} cannot have a gradient. Use float32 or float64.`,
  )

/** `pure` is what makes a new tensor instead, where there is such a thing. */
export const notAVariable = (where = 'assign', pure?: string): GryphError =>
  new GryphError(
    'NOT_A_VARIABLE',
    `[${where}] this tensor is a value, and values never change. ${pure ? `Use ${pure}, which makes a new one, or make it` : 'Make it'} with variable(…) or { requiresGrad: true } to ${pure ? 'change' : 'assign to'} it.`,
  )

export const assignMismatch = (given: TensorType, wanted: TensorType, where = 'assign'): GryphError =>
  new GryphError(
    'ASSIGN_MISMATCH',
    `[${where}] the new value is ${typeText(given)}, and the variable ${typeText(wanted)}. Make shape and dtype equal.`,
  )

export const changedBeforeBackward = (op: string): GryphError =>
  new GryphError(
    'CHANGED_BEFORE_BACKWARD',
    `[backward] a variable that ${op} read was assigned to after the forward pass, so its gradient would be of other values. Call backward() before the update.`,
  )

export const notATensor = (where: string, given: unknown): GryphError =>
  new GryphError(
    'NOT_A_TENSOR',
    `[${where}] got ${given === null ? 'null' : typeof given}, not a tensor. Pass a tensor, or make one with tensor(…).`,
  )

export const sizeMismatch = (given: number, shape: Shape): GryphError =>
  new GryphError(
    'SIZE_MISMATCH',
    `[tensor] ${given} values do not fill shape ${shapeText(shape)}. Give as many as the shape has elements.`,
  )

export const unknownDtype = (given: unknown): GryphError =>
  new GryphError(
    'DTYPE_UNKNOWN',
    `[dtype] ${JSON.stringify(given)} is no dtype. Use 'float32', 'float64', 'int32', 'uint8' or 'bool'.`,
  )

export const unknownSetting = (name: string, value: unknown, allowed: string): GryphError =>
  new GryphError('SETTING_INVALID', `[configure] ${name}: ${JSON.stringify(value)} is not understood. Use ${allowed}.`)

export const settingsInvalid = (given: unknown, known: readonly string[]): GryphError =>
  new GryphError(
    'SETTING_INVALID',
    `[configure] the settings are ${givenText(given)}. Pass an object with any of ${known.join(', ')}.`,
  )

export const raggedArray = (where: string, odd: string, first: string): GryphError =>
  new GryphError('RAGGED_ARRAY', `[${where}] ${odd}, ${first}. Nest the same number of elements everywhere on a level.`)

export const dataInvalid = (where: string, path: string, is: string): GryphError =>
  new GryphError(
    'DATA_INVALID',
    `[${where}] ${path} is ${is}. Give numbers, booleans, or nested arrays of them; of typed arrays, Float32Array, Float64Array, Int32Array and Uint8Array.`,
  )

export const seedInvalid = (given: unknown): GryphError =>
  new GryphError('SEED_INVALID', `[manualSeed] ${String(given)} is no seed. Use an integer from 0 to 2^53 - 1.`)

export const randomRangeInvalid = (low: unknown, high: unknown): GryphError =>
  new GryphError(
    'RANDOM_RANGE_INVALID',
    `[randint] from ${String(low)} up to ${String(high)} is no range of int32. Use integers with low < high.`,
  )

export const probabilityInvalid = (where: string, p: unknown): GryphError =>
  new GryphError('PROBABILITY_INVALID', `[${where}] p = ${String(p)} is no probability to drop with. Use 0 <= p < 1.`)

export const resultNotReplayable = (functionName: string, className: string): GryphError =>
  new GryphError(
    'RESULT_NOT_REPLAYABLE',
    `[hybridize] ${functionName} returned an instance of ${className}, which a compiled call cannot make. Return tensors, numbers, strings, or plain arrays and objects of them.`,
  )

export const localVariableReturned = (functionName: string): GryphError =>
  new GryphError(
    'LOCAL_VARIABLE_RETURNED',
    `[hybridize] ${functionName} returned a variable that it makes anew at each call, which a compiled call cannot do. Make it once outside, or return its value, for instance with clone().`,
  )

export const argumentTooDeep = (functionName: string): GryphError =>
  new GryphError(
    'ARGUMENT_TOO_DEEP',
    `[hybridize] an argument of ${functionName} is nested more than 64 levels deep, or contains itself. Pass what the function needs of it.`,
  )

export const functionExpected = (where: string, given: unknown): GryphError =>
  new GryphError(
    'FUNCTION_EXPECTED',
    `[${where}] got ${given === null ? 'null' : typeof given}, not a function. Pass the function itself, without calling it.`,
  )

export const optionInvalid = (where: string, name: string, given: unknown, allowed: string): GryphError =>
  new GryphError('OPTION_INVALID', `[${where}] ${name}: ${JSON.stringify(given)} is not understood. Use ${allowed}.`)

export const hostReadMessage = (functionName: string, what: string, source: string | undefined): string =>
  `[hybridize] ${functionName} reads a tensor's values with ${what}${source ? ` at ${source}` : ''}, so it runs as JavaScript, with the ops between reads in compiled segments. To make it one program, return the tensor and read it outside, or compute with tensor ops (where, maximum, …) instead of JavaScript ones.`

export const hostReadInFullGraph = (functionName: string, what: string): GryphError =>
  new GryphError(
    'HOST_READ',
    `[hybridize] ${functionName} reads a tensor's values with ${what}, and fullGraph allows no host read. Return the tensor and read it outside, or leave fullGraph out.`,
  )

export const valueNotKept = (functionName: string, type: TensorType, source: string | undefined): GryphError =>
  new GryphError(
    'VALUE_NOT_KEPT',
    `[hybridize] a ${typeText(type)} that ${functionName} made${source ? ` at ${source}` : ''} is used after a variable that it was computed from has changed, and no call before this one used it so late. Return it from ${functionName}, or read it there.`,
  )

export const notCompiled = (functionName: string, reason: string): GryphError =>
  new GryphError(
    'NOT_COMPILED',
    `[source] ${functionName} has no compiled program: ${reason}. Call it once with tensors; without host reads it compiles.`,
  )

export const notProfiled = (functionName: string): GryphError =>
  new GryphError(
    'NOT_PROFILED',
    `[profile] ${functionName} notes no times. Make it with hybridize(f, { profile: true }).`,
  )

export const gradientMismatch = (given: TensorType, wanted: TensorType): GryphError =>
  new GryphError(
    'GRADIENT_MISMATCH',
    `[grad] the gradient is ${typeText(given)}, and the tensor ${typeText(wanted)}. Make shape and dtype equal, or assign null.`,
  )

export const captureTracked = (functionName: string): GryphError =>
  new GryphError(
    'CAPTURE_TRACKED',
    `[hybridize] ${functionName} uses a tensor from outside that was computed from something that requires a gradient, and that computation is not part of the compiled function. Pass the tensor as an argument, compute it inside, or use its detach().`,
  )

export const gradientTooLate = (functionName: string): GryphError =>
  new GryphError(
    'GRADIENT_TOO_LATE',
    `[hybridize] ${functionName} calls backward() and then uses the gradient of a variable that an argument was computed from outside. A compiled call gives that gradient when it is done. Compute the argument inside ${functionName}, or call backward() outside.`,
  )

export const argumentMutated = (functionName: string): GryphError =>
  new GryphError(
    'ARGUMENT_MUTATED',
    `[hybridize] ${functionName} changed an array or object that it was given, which a compiled call would not repeat. Return the new value instead.`,
  )

export const argumentNotPlain = (functionName: string, className: string): GryphError =>
  new GryphError(
    'ARGUMENT_NOT_PLAIN',
    `[hybridize] an argument of ${functionName} is a ${className} that holds tensors, and compiled calls would keep using the ones it holds now. Pass the tensors themselves, or plain arrays and objects of them.`,
  )

export const reproductionInput = (name: string, type: TensorType): GryphError =>
  new GryphError(
    'REPRODUCTION_INVALID',
    `[debug.reproduce] the input ${name} is not given as the elements of ${typeText(type)}. Use the file as bisect() wrote it.`,
  )

export const notCalledSo = (where: string, functionName: string): GryphError =>
  new GryphError(
    'NOT_COMPILED',
    `[${where}] ${functionName} has no compiled program for such a call. Call it once with these arguments; without host reads it compiles.`,
  )
