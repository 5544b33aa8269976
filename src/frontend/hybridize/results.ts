import type { Layout } from '../../base/layout.ts'
import { elementCount, type TensorType } from '../../base/shape.ts'
import { Storage } from '../../runtime/storage.ts'
import { localVariableReturned, resultNotReplayable } from '../errors.ts'
import { hostKind } from '../hybrid/host-value.ts'
import { Tensor } from '../tensor.ts'
import { isPlainObject } from './template.ts'

/** How to rebuild what the function returned, from the program's results. */
export type ResultTemplate =
  | { readonly kind: 'result'; readonly position: number }
  | { readonly kind: 'host'; readonly position: number; readonly type: 'number' | 'boolean' } // a number that the program computes
  | { readonly kind: 'argument'; readonly position: number } // the caller's own tensor or number, unchanged
  | { readonly kind: 'same'; readonly value: unknown } // a variable, a tensor from outside, null, a string: the same at every call
  | { readonly kind: 'view'; readonly variable: Tensor; readonly type: TensorType; readonly layout: Layout | undefined } // of the state at the end
  | { readonly kind: 'stale'; readonly type: TensorType } // a view of a state that the function replaced afterwards
  | { readonly kind: 'array'; readonly items: readonly ResultTemplate[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly items: readonly ResultTemplate[] }

interface ResultContext {
  readonly functionName: string
  /** Whether a variable was made during the call. */
  isLocal(variable: Tensor): boolean
  isFromOutside(tensor: Tensor): boolean
  /** The variable from outside whose elements a view shows. */
  variableShownBy(view: Tensor): Tensor | undefined
}

/** What the first call returned, as a template, the tensors a program has to compute, and the views of state, which it has not. */
export function templateOfResult(
  value: unknown,
  argumentPosition: ReadonlyMap<unknown, number>,
  call: ResultContext,
): { template: ResultTemplate; tensors: Tensor[]; views: Tensor[] } {
  const tensors: Tensor[] = []
  const views: Tensor[] = []
  const visit = (part: unknown): ResultTemplate => {
    const position = argumentPosition.get(part)
    if (position !== undefined) return { kind: 'argument', position }
    if (part instanceof Tensor) {
      if (part.isVariable) {
        if (call.isLocal(part)) throw localVariableReturned(call.functionName)
        return { kind: 'same', value: part }
      }
      if (call.isFromOutside(part)) return { kind: 'same', value: part }
      const { type, layout, shownVersion, storage, requiresGrad } = part
      const isStale = shownVersion !== storage.version
      const variable = requiresGrad ? undefined : call.variableShownBy(part)
      if (isStale || variable) views.push(part)
      if (isStale) return { kind: 'stale', type }
      if (variable) return { kind: 'view', variable, type, layout }
      const known = tensors.indexOf(part)
      if (known < 0) tensors.push(part)
      const resultPosition = known < 0 ? tensors.length - 1 : known
      const host = hostKind(part)
      return host
        ? { kind: 'host', position: resultPosition, type: host }
        : { kind: 'result', position: resultPosition }
    }
    if (Array.isArray(part)) return { kind: 'array', items: part.map(visit) }
    if (isPlainObject(part)) {
      const keys = Object.keys(part)
      return { kind: 'object', keys, items: keys.map((key) => visit(part[key])) }
    }
    if (typeof part === 'object' && part !== null) {
      if (part instanceof Promise) part.catch(() => {}) // what awaits in there loses its tensors; the caller gets the error below
      throw resultNotReplayable(call.functionName, part.constructor?.name || 'a class without name')
    }
    return { kind: 'same', value: part }
  }
  return { template: visit(value), tensors, views }
}

/** The function's result for one call. */
export function buildResult(template: ResultTemplate, results: readonly Tensor[], leaves: readonly unknown[]): unknown {
  switch (template.kind) {
    case 'result':
      return results[template.position]
    case 'host': {
      const element = results[template.position]!.item()
      return template.type === 'number' ? element : element !== 0
    }
    case 'argument':
      return leaves[template.position]
    case 'same':
      return template.value
    case 'view':
      return new Tensor(template.type, template.variable.storage, { layout: template.layout })
    case 'stale':
      return staleTensor(template.type)
    case 'array':
      return template.items.map((item) => buildResult(item, results, leaves))
    case 'object':
      return Object.fromEntries(template.keys.map((key, i) => [key, buildResult(template.items[i]!, results, leaves)]))
  }
}

/** As the eager one: whoever reads it is told. */
function staleTensor(type: TensorType): Tensor {
  const storage = Storage.putOff(type.dtype, elementCount(type.shape), () => {})
  const stale = new Tensor(type, storage)
  storage.version++
  return stale
}

/** Whether an argument is among the results. */
export function isReturned(template: ResultTemplate, position: number): boolean {
  switch (template.kind) {
    case 'argument':
      return template.position === position
    case 'array':
    case 'object':
      return template.items.some((item) => isReturned(item, position))
    default:
      return false
  }
}
