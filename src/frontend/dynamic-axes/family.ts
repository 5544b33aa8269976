import { GryphError } from '../../base/errors.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { Template } from '../hybridize/template.ts'
import { DynamicGraph } from './dynamic-graph.ts'
import { DynamicProgram, type SizedProgram } from './dynamic-program.ts'
import { NotDynamic } from './scale.ts'
import { sameAxes, sizeChange, type SizeChange } from './size-change.ts'

type CallForm = Template & { kind: 'array' }

/** One recorded call of a certain size. */
export interface Sample {
  readonly template: CallForm
  readonly recording: Recording
}

/** Calls that differ in one size, and the programs that serve them. */
export class Family {
  readonly programs: DynamicProgram[] = []
  readonly change: SizeChange
  /** How many sizes it served, and how many did something else. */
  hits = 0
  misses = 0
  readonly #a: Sample
  readonly #b: Sample
  /** Where the masks are. */
  #pattern: DynamicGraph | undefined

  constructor(a: Sample, b: Sample, change: SizeChange) {
    this.#a = a
    this.#b = b
    this.change = change
  }

  get isOfUse(): boolean {
    return this.hits > this.misses
  }

  /** The size of a call of this family. */
  sizeOf(template: CallForm): number | undefined {
    // A call of one of the two sizes differs from the other sample by the same axes.
    for (const sample of [this.#a, this.#b]) {
      const change = sizeChange(sample.template, template)
      if (change && sameAxes(change, this.change)) return change.to
    }
    return undefined
  }

  /** A program for the size of a call, compiled or about to be; of the smallest capacity if it is to be `tight`. @throws NotDynamic */
  programFor(size: number, recording: Recording, isTight = false): SizedProgram {
    const mostWaste = isTight ? 2 : 4
    const fitting = this.programs.filter(
      ({ capacity }) => size <= capacity && (mostWaste * size > capacity || capacity <= smallCapacity),
    )
    const smallest = fitting.toSorted((x, y) => x.capacity - y.capacity)[0]
    if (smallest) return smallest.at(size, recording)
    const made = this.#make(capacityFor(size), recording)
    const at = made.at(size, recording)
    this.programs.push(made)
    return at
  }

  #make(capacity: number, recording: Recording): DynamicProgram {
    const { from: a, to: b, axes } = this.change
    const [x, y] = [this.#a.recording.graph, this.#b.recording.graph]
    try {
      this.#pattern ??= new DynamicGraph(x, y, { a, b, capacity: 2 * Math.max(a, b) })
      const graph = new DynamicGraph(x, y, { a, b, capacity }, this.#pattern)
      const names = axes.map(({ argument, axis }) => `axis ${axis} of argument ${argument}`)
      return new DynamicProgram(capacity, graph, recording, [...new Set(names)])
    } catch (error) {
      if (error instanceof GryphError) throw new NotDynamic(error.message) // an op that does not take the operands at the capacity
      throw error
    }
  }
}

/** Every row of the capacity is computed, so a size that fills little of it has a smaller one; what is small costs little. */
const smallCapacity = 4

const capacityFor = (size: number): number => Math.max(2 ** Math.ceil(Math.log2(size)), smallCapacity)
