import { sameType, shapeText, type TensorType } from '../base/shape.ts'
import { noGrad } from '../frontend/context.ts'
import { assign } from '../frontend/create.ts'
import { Tensor } from '../frontend/tensor.ts'
import { stateDictInvalid, stateDictMismatch } from './errors.ts'

/** Tensors by name, as a checkpoint holds them. */
export type StateDict = Record<string, Tensor>

/** Names that were left alone because `strict` was off. */
export interface LoadResult {
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
}

/** Copies of variables, cut off from training. */
export const copyState = (state: ReadonlyMap<string, Tensor>): StateDict =>
  noGrad(() => Object.fromEntries([...state].map(([name, variable]) => [name, variable.clone()])))

/** Assigns the tensors of `dict` to the variables of the same names: all of them, or none when something does not fit. */
export function loadState(
  where: string,
  state: ReadonlyMap<string, Tensor>,
  dict: Readonly<StateDict>,
  strict: boolean,
): LoadResult {
  if (typeof dict !== 'object' || dict === null || dict instanceof Tensor || Array.isArray(dict))
    throw stateDictInvalid(where, dict)
  const missing = [...state.keys()].filter((name) => !Object.hasOwn(dict, name))
  const unexpected = Object.keys(dict).filter((name) => !state.has(name))
  const shared = [...state].filter(([name]) => Object.hasOwn(dict, name))
  const mismatched = shared.flatMap(([name, variable]) => mismatchOf(name, variable.type, dict[name]))
  if (mismatched.length > 0 || (strict && missing.length + unexpected.length > 0))
    throw stateDictMismatch(where, { missing, unexpected, mismatched })
  // Copies first: a view of a variable that is loaded too would be stale halfway.
  const loaded = copyState(new Map(shared.map(([name]) => [name, dict[name]!])))
  for (const [name, variable] of shared) assign(variable, loaded[name]!)
  return { missing, unexpected }
}

function mismatchOf(name: string, wanted: TensorType, given: unknown): string[] {
  if (given instanceof Tensor)
    return sameType(given.type, wanted) ? [] : [`'${name}' is ${typeText(given.type)}, not ${typeText(wanted)}`]
  return [`'${name}' is ${given === null ? 'null' : typeof given}, not a tensor`]
}

const typeText = ({ dtype, shape }: TensorType): string => `${dtype} ${shapeText(shape)}`
