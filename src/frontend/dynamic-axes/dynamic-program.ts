import type { CompiledProgram } from '../../compile/compiled-program.ts'
import type { GraphInput } from '../../ir/graph.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { InputSource } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'
import type { DynamicGraph } from './dynamic-graph.ts'
import { estimatedMs } from './estimated-time.ts'
import { NotDynamic } from './scale.ts'
import { sameElements, type SizeValue } from './size-inputs.ts'

/** What a specialisation has instead of a program of its own. */
export interface SizedProgram {
  readonly dynamic: DynamicProgram
  readonly size: number
  /** About what a call takes longer than with a program of its own. */
  readonly wasteMs: number
  /** Of the inputs for what depends on the size alone. */
  readonly sizeValues: readonly SizeValue[]
}

export interface MadeProgram {
  readonly program: CompiledProgram
  /** Whether the graph had been compiled before. */
  readonly isHit: boolean
}

/** A program for every size up to a capacity of which the recording was compared with its graph. */
export class DynamicProgram {
  readonly capacity: number
  readonly graph: DynamicGraph
  /** Axes that have the size, as people call them. */
  readonly axes: readonly string[]
  readonly #recording: Recording
  #estimatedMs: number | undefined
  #made: MadeProgram | undefined
  #users = 0

  constructor(capacity: number, graph: DynamicGraph, recording: Recording, axes: readonly string[]) {
    this.capacity = capacity
    this.graph = graph
    this.axes = axes
    this.#recording = recording
  }

  get isCompiled(): boolean {
    return this.#made !== undefined
  }

  /** Where the program's inputs come from, but for those that depend on the size alone. */
  get sources(): ReadonlyMap<GraphInput, InputSource> {
    const { graph, sources } = this.#recording
    return new Map(graph.inputs.map((input, i) => [this.graph.inputs[i]!, sources.get(input)!]))
  }

  /** The program at the size of a recording. @throws NotDynamic */
  at(size: number, recording: Recording): SizedProgram {
    requireBound(this.#recording, recording)
    const sizeValues = this.graph.valuesFor(recording.graph)
    this.#estimatedMs ??= estimatedMs(this.graph.graph)
    return { dynamic: this, size, sizeValues, wasteMs: this.#estimatedMs - estimatedMs(recording.graph) }
  }

  /** The program, for one more size. */
  acquire(make: () => MadeProgram): MadeProgram {
    this.#made ??= make()
    this.#users++
    return this.#made
  }

  /** Gives the program's memory back when no size uses it any more. */
  release(): void {
    if (--this.#users > 0) return
    this.#made?.program.dispose()
    this.#made = undefined
  }
}

/** The program is bound to variables and tensors of the recording that it was made from. */
function requireBound(bound: Recording, recording: Recording): void {
  bound.graph.inputs.forEach((input, i) => {
    const own = recording.graph.inputs[i]
    const source = own && recording.sources.get(own)
    if (!source || !isBoundAlike(bound.sources.get(input)!, source))
      throw new NotDynamic('the function reads something else at another size')
  })
}

function isBoundAlike(a: InputSource, b: InputSource): boolean {
  switch (a.kind) {
    case 'argument':
      return b.kind === 'argument' && a.position === b.position
    case 'state':
    case 'grad':
      return b.kind === a.kind && a.variable === b.variable
    case 'free':
      return b.kind === 'free' && a.name === b.name
    case 'capture':
      return b.kind === 'capture' && isStill(a.tensor, b.tensor)
  }
}

/** Whether a tensor has the elements that another one had when a program copied them. */
function isStill(copied: Tensor, now: Tensor): boolean {
  if (copied === now) return true
  // A view of a variable that has changed since shows what nobody copied.
  const isAsItWas = copied.shownVersion === copied.storage.version
  return isAsItWas && copied.dtype === now.dtype && sameElements(copied.copyElements(), now.copyElements())
}
