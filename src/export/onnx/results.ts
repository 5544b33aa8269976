import type { ResultTemplate } from '../../frontend/hybridize/results.ts'
import { Tensor } from '../../frontend/tensor.ts'
import type { Ref } from './graph-writer.ts'

/** Where the parts of what a function returns come from. */
export interface ResultSources {
  /** A result of the graph. */
  result(position: number): Ref
  /** An argument that is returned as it is. */
  argument(position: number): Ref
  /** The elements of a variable, or of a tensor from outside. */
  tensor(tensor: Tensor): Ref
  refuse(what: string, remedy: string): never
}

/** Everything that a function returns, by names: fields of objects have theirs, elements of arrays their numbers. */
export function namedResults(template: ResultTemplate, sources: ResultSources): [name: string, ref: Ref][] {
  const named: [string, Ref][] = []
  const visit = (part: ResultTemplate, path: readonly (string | number)[]): void => {
    const add = (ref: Ref): void => void named.push([path.length === 0 ? 'output' : path.join('.'), ref])
    switch (part.kind) {
      case 'result':
      case 'host':
        return add(sources.result(part.position))
      case 'argument':
        return add(sources.argument(part.position))
      case 'view':
        return add(sources.tensor(new Tensor(part.type, part.variable.storage, { layout: part.layout })))
      case 'same':
        if (part.value instanceof Tensor) return add(sources.tensor(part.value))
        return sources.refuse('something that is no tensor', 'Return tensors only, in arrays and objects if need be')
      case 'stale':
        return sources.refuse(
          'a view of a state that it replaced afterwards',
          'Return a copy taken before: view.clone()',
        )
      case 'array':
        return part.items.forEach((item, i) => visit(item, [...(path.length === 0 ? ['output'] : path), i]))
      case 'object':
        return part.items.forEach((item, i) => visit(item, [...path, part.keys[i]!]))
    }
  }
  visit(template, [])
  if (named.length === 0) sources.refuse('nothing', 'Return what it computes')
  return named
}
