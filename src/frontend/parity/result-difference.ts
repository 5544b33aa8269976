import type { TypedArray } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { isNode, type GraphValue } from '../../ir/graph.ts'
import { typeText } from '../../ir/text.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { ResultTemplate } from '../hybridize/results.ts'
import { Tensor } from '../tensor.ts'
import { otherDifference, tensorDifference, type Difference } from './difference.ts'
import { formText } from './result-names.ts'
import { snapshotText, type Snapshot } from './snapshot.ts'

/** A difference, and the value of the graph that shows it, if one does. */
export interface Found {
  readonly difference: Difference
  readonly value?: GraphValue | undefined
}

/** What a recorded call gives back, from its template and the elements of its results. */
export interface RecordedResult {
  readonly recording: Recording
  readonly leaves: readonly unknown[]
  readonly elementsOf: (result: number) => TypedArray
  /** Whether branches and loops may have made a copy of what they give on in eager code: then only elements have to be the same. */
  readonly mayCopy: boolean
}

/** How what an eager call returned differs from what a recorded one does. */
export function resultDifference(recorded: RecordedResult, eager: Snapshot): Found | undefined {
  return differenceAt(recorded, recorded.recording.resultTemplate, eager, 'result')
}

function differenceAt(
  recorded: RecordedResult,
  template: ResultTemplate,
  eager: Snapshot,
  path: string,
): Found | undefined {
  const differs = (): Found => ({ difference: otherDifference(path, snapshotText(eager), formText(template)) })
  switch (template.kind) {
    case 'result': {
      const found = computedDifference(recorded, template.position, eager, path)
      return found === 'form' ? differs() : found
    }
    case 'host': {
      const element = recorded.elementsOf(template.position)[0]!
      const compiled = template.type === 'number' ? element : element !== 0
      const given = eager.kind === 'value' ? eager.value : undefined
      if (Object.is(given, compiled)) return undefined
      return { difference: otherDifference(path, snapshotText(eager), compiled) }
    }
    case 'argument': {
      const leaf = recorded.leaves[template.position]
      if (eager.kind === 'value' && !(leaf instanceof Tensor))
        return Object.is(eager.value, leaf) ? undefined : differs()
      if (eager.kind !== 'tensor' || !(leaf instanceof Tensor)) return differs()
      if (eager.position === template.position || eager.tensor === leaf) return undefined
      return recorded.mayCopy ? copyDifference(leaf, eager, path) : differs()
    }
    case 'same': {
      const { value } = template
      if (!(value instanceof Tensor))
        return eager.kind === 'value' && isSame(value, eager.value) ? undefined : differs()
      if (eager.kind !== 'tensor') return differs()
      if (eager.tensor === value) return undefined
      return recorded.mayCopy ? copyDifference(value, eager, path) : differs()
    }
    case 'view': {
      if (eager.kind !== 'tensor' || typeText(eager.type) !== typeText(template.type)) return differs()
      return eager.tensor.storage === template.variable.storage || recorded.mayCopy ? undefined : differs()
    }
    case 'stale':
      return eager.kind === 'tensor' && !eager.elements && typeText(eager.type) === typeText(template.type)
        ? undefined
        : differs()
    case 'array':
    case 'object': {
      if (eager.kind !== template.kind || eager.items.length !== template.items.length) return differs()
      const keys = template.kind === 'object' ? template.keys : undefined
      if (keys && eager.kind === 'object' && keys.join() !== eager.keys.join()) return differs()
      for (const [i, item] of template.items.entries()) {
        const found = differenceAt(recorded, item, eager.items[i]!, path + (keys ? `.${keys[i]}` : `[${i}]`))
        if (found) return found
      }
      return undefined
    }
  }
}

function computedDifference(
  { recording, elementsOf }: RecordedResult,
  position: number,
  eager: Snapshot,
  path: string,
): Found | 'form' | undefined {
  const value = recording.graph.results[position]!
  const { type } = value
  const compiled = elementsOf(position)
  // A number that no pass has changed is one of JavaScript in eager code.
  if (eager.kind === 'value' && (typeof eager.value === 'number' || typeof eager.value === 'boolean')) {
    if (elementCount(type.shape) !== 1) return 'form'
    const isEqual = Object.is(Number(eager.value), compiled[0])
    return isEqual ? undefined : { difference: otherDifference(path, eager.value, compiled[0]), value }
  }
  if (eager.kind !== 'tensor' || !eager.elements) return 'form'
  if (typeText(eager.type) !== typeText(type))
    return { difference: otherDifference(path, typeText(eager.type), typeText(type)), value }
  const source = isNode(value) ? value.source : undefined
  const difference = tensorDifference(path, source, type, eager.elements, compiled)
  return difference && { difference, value }
}

function copyDifference(tensor: Tensor, eager: Snapshot & { kind: 'tensor' }, path: string): Found | undefined {
  const [expected, actual] = [typeText(eager.type), typeText(tensor.type)]
  if (expected !== actual || !eager.elements) return { difference: otherDifference(path, expected, actual) }
  if (tensor.isVariable) return undefined // what it holds is compared by itself
  const difference = tensorDifference(path, undefined, tensor.type, eager.elements, tensor.copyElements())
  return difference && { difference }
}

/** A function that is made anew at each call is compared by what it says. */
const isSame = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'function' && typeof b === 'function' && String(a) === String(b))
