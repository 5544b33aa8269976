import type { Recording } from '../hybridize/record-call.ts'
import type { Specialisation } from '../hybridize/specialisation.ts'
import type { Template } from '../hybridize/template.ts'
import type { SizedProgram } from './dynamic-program.ts'
import { Family } from './family.ts'
import { NotDynamic } from './scale.ts'
import { sameAxes, sizeChange, type SizeChange } from './size-change.ts'

/** Which axes of which arguments may have any size: 'auto' is all that are seen to change, from their third size on. */
export type DynamicAxesOption = 'auto' | false | { readonly [argument: number]: readonly number[] }

/** Whether a specialisation has lost so much time by sharing its program that another one pays. */
export const deservesBetter = ({ sized, sharedCalls }: Specialisation): boolean =>
  sized !== undefined && sharedCalls * sized.wasteMs >= compilationMs

/** How a call is served: by a program for many sizes, or by one of its own, with the reason if there was a choice. */
export interface ServedSize {
  readonly sized?: SizedProgram
  readonly reason?: string
}

/** So many sizes are remembered; each is a recording, without a program. */
export const mostSizes = 256
/** A program of its own pays when its compilation takes less than what calls have lost by sharing one. */
const compilationMs = 50
/** A size that would lose more in a single call has one at once. */
const mostWasteMs = 5

type CallForm = Template & { kind: 'array' }

/** Programs of one function that serve several sizes. */
export class DynamicAxes {
  readonly families: Family[] = []
  /** Axes that no program could be made for. */
  readonly #failed = new Set<string>()
  readonly #option: DynamicAxesOption

  constructor(option: DynamicAxesOption) {
    this.#option = option
  }

  /** How many programs there are. */
  get programCount(): number {
    return this.families.reduce((sum, { programs }) => sum + programs.filter(({ isCompiled }) => isCompiled).length, 0)
  }

  /** Begins anew: the function does something else from now on. */
  forget(): void {
    this.families.length = 0
    this.#failed.clear()
  }

  /** Whether a call of this form, if it does what others did, needs no program of its own. */
  mayServe(specialisations: readonly Specialisation[], template: CallForm): boolean {
    if (this.families.some((family) => family.isOfUse && family.sizeOf(template) !== undefined)) return true
    return this.#changes(specialisations, template).some(({ change }) => !this.#failed.has(keyOf(change)))
  }

  /** A program for a call that was just recorded. */
  serve(specialisations: readonly Specialisation[], template: CallForm, recording: Recording): ServedSize {
    if (this.#option === false) return {}
    let reason: string | undefined
    for (const family of this.#familiesFor(specialisations, template, recording)) {
      const size = family.sizeOf(template)
      if (size === undefined) continue
      try {
        const sized = this.#affordable(family, size, recording)
        family.hits++
        if (!this.families.includes(family)) this.families.push(family)
        return { sized }
      } catch (error) {
        if (!(error instanceof NotDynamic)) throw error
        family.misses++
        this.#failed.add(keyOf(family.change))
        reason = error.message
      }
    }
    return reason === undefined ? {} : { reason }
  }

  #affordable(family: Family, size: number, recording: Recording): SizedProgram {
    const sized = family.programFor(size, recording)
    if (sized.wasteMs <= mostWasteMs) return sized
    const tight = family.programFor(size, recording, true)
    if (this.#option === 'auto' && tight.wasteMs > mostWasteMs)
      throw new NotDynamic(`rows up to ${tight.dynamic.capacity} would take about ${Math.round(tight.wasteMs)} ms more`)
    return tight
  }

  /** What a size deserves that has lost so much time by sharing a program: a smaller capacity, or a program of its own. */
  better({ sized, recording }: Specialisation): ServedSize | undefined {
    if (!sized) return undefined
    const { size, dynamic } = sized
    const family = this.families.find(({ programs }) => programs.includes(dynamic))
    try {
      if (family && 2 * size <= dynamic.capacity) return { sized: family.programFor(size, recording, true) }
    } catch (error) {
      if (!(error instanceof NotDynamic)) throw error
    }
    // Where axes are listed, there shall be few programs.
    return this.#option === 'auto' ? {} : undefined
  }

  /** Those there are, then those that there could be. */
  *#familiesFor(
    specialisations: readonly Specialisation[],
    template: CallForm,
    recording: Recording,
  ): Generator<Family> {
    yield* this.families
    // An axis of size 1 broadcasts, so that little can be learnt from it.
    const samples = this.#changes(specialisations, template).toSorted(
      (x, y) => Number(x.change.from === 1) - Number(y.change.from === 1),
    )
    const most = samples.some(({ change }) => !this.#failed.has(keyOf(change))) ? mostTried : 1
    for (const { each, change } of samples.slice(0, most))
      yield new Family({ template: each.template, recording: each.recording }, { template, recording }, change)
  }

  /** Specialisations that a call differs from in a size that may change, where enough sizes have come. */
  #changes(specialisations: readonly Specialisation[], template: CallForm): Sampled[] {
    const alike = specialisations.flatMap((each) => {
      const change = each.sized ? undefined : sizeChange(each.template, template)
      return change && this.#allows(change) ? [{ each, change }] : []
    })
    const least = this.#option === 'auto' ? 2 : 1
    return alike.filter(({ change }) => alike.filter((other) => sameAxes(other.change, change)).length >= least)
  }

  #allows({ axes }: SizeChange): boolean {
    const option = this.#option
    if (typeof option !== 'object') return option === 'auto'
    return axes.every(({ argument, axis }) => option[argument]?.includes(axis))
  }
}

interface Sampled {
  readonly each: Specialisation
  readonly change: SizeChange
}

const mostTried = 3

const keyOf = ({ axes }: SizeChange): string => axes.map(({ leaf, axis }) => `${leaf}.${axis}`).join(' ')
