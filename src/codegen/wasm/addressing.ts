import { InternalError } from '../../base/errors.ts'
import type { Affine, LoopIndex } from '../../kernel/ir.ts'
import type { FunctionBuilder } from './function-builder.ts'

/** A sum that grows along with loops: parameter `base` (or 0) + scale · (affine without its offset). */
export interface LinearForm {
  readonly base: number | undefined
  readonly affine: Affine
  readonly scale: number
}

/** The value of a form is local + constant; without a local, the constant alone. */
export interface ResolvedForm {
  readonly local: number | undefined
  readonly constant: number
}

/** Locals that hold the first pass of a loop that a thread makes, and how many it makes, which is not 0. */
export interface Slice {
  readonly first: number
  readonly passes: number
}

interface OpenLoop {
  readonly index: LoopIndex
  readonly id: number
  readonly extent: number
  readonly step: number
}

interface Term {
  readonly loop: OpenLoop
  readonly stride: number
}

/** A local that changes by `increment` on every pass of its loop, from `start` above the enclosing loop's local. */
interface Induction {
  readonly key: string
  readonly local: number
  readonly increment: number
  /** Value after the last pass, where it does not depend on enclosing loops. */
  readonly end: number | undefined
}

/**
 * Strength reduction. Of a form with terms in loops l₁ … lₙ (outermost first), each prefix l₁ … lᵢ is one local, set before
 * loop lᵢ from the local of the prefix before it and incremented at the end of lᵢ's body. Forms that differ in their
 * constants only share all locals. A term with a negative stride starts from its largest reach, so locals are never negative:
 * an address is an unsigned 32-bit local plus an unsigned immediate that does not wrap around.
 */
export class Addressing {
  private readonly builder: FunctionBuilder
  private readonly open: OpenLoop[] = []
  /** Indices of loops that pass once. */
  private readonly zeros = new Set<LoopIndex>()
  private readonly ids = new Map<LoopIndex, number>()
  /** Locals by their purpose: kept for a later loop of the same index. */
  private readonly locals = new Map<string, number>()
  private readonly live = new Map<string, Induction>()

  constructor(builder: FunctionBuilder) {
    this.builder = builder
  }

  /** Runs `body` with `index` fixed at 0. */
  withZero(index: LoopIndex, body: () => void): void {
    this.zeros.add(index)
    body()
    this.zeros.delete(index)
  }

  /** Emits a do-while loop around `body`, in which the forms that occur there can be resolved. */
  loop(
    header: { index: LoopIndex; extent: number; step: number },
    forms: readonly LinearForm[],
    body: () => void,
    slice?: Slice,
  ): void {
    const { index, extent, step } = header
    const loop: OpenLoop = { index, extent, step, id: this.idOf(index) }
    this.open.push(loop)
    const inductions: Induction[] = []
    for (const form of forms) {
      const terms = this.termsOf(form)
      if (terms.at(-1)?.loop !== loop || this.live.has(keyOf(form.base, terms))) continue
      const induction = this.startInduction(form.base, terms, slice)
      this.live.set(induction.key, induction)
      inductions.push(induction)
    }
    const close = this.startCounter(loop, inductions, slice)
    this.builder.open('loop', { label: index.name, comment: step === 1 ? `${extent} times` : `${extent} by ${step}` })
    body()
    close()
    this.builder.emit('br_if', 0)
    this.builder.emit('end')
    for (const { key } of inductions) this.live.delete(key)
    this.open.pop()
  }

  resolve(form: LinearForm): ResolvedForm {
    for (const { index } of form.affine.terms) {
      if (!this.zeros.has(index) && !this.open.some((loop) => loop.index === index))
        throw new InternalError(`an address uses the loop index ${index.name} outside of its loop`)
    }
    const terms = this.termsOf(form)
    const constant = form.affine.offset * form.scale - terms.reduce((sum, term) => sum + reach(term), 0)
    return { local: this.localOf(form.base, terms), constant }
  }

  /** The locals that forms in the innermost open loop go on from. */
  localsOf(forms: readonly LinearForm[]): number[] {
    return forms.flatMap((form) => {
      const terms = this.termsOf(form)
      const bases = form.base === undefined ? [] : [form.base]
      return terms.length === 0 ? bases : [...bases, this.localOf(form.base, terms)!]
    })
  }

  /** The same loops open in a function that is called in the innermost one and has this one's locals as parameters. */
  inCallee(builder: FunctionBuilder, forms: readonly LinearForm[], parameterOf: (local: number) => number): Addressing {
    const callee = new Addressing(builder)
    callee.open.push(...this.open)
    for (const index of this.zeros) callee.zeros.add(index)
    for (const [index, id] of this.ids) callee.ids.set(index, id)
    for (const form of forms) {
      const terms = this.termsOf(form)
      if (terms.length === 0) continue
      const local = parameterOf(this.localOf(form.base, terms)!)
      const key = keyOf(form.base === undefined ? undefined : parameterOf(form.base), terms)
      callee.live.set(key, { key, local, increment: 0, end: undefined })
    }
    return callee
  }

  private idOf(index: LoopIndex): number {
    const known = this.ids.get(index)
    if (known !== undefined) return known
    this.ids.set(index, this.ids.size)
    return this.ids.size - 1
  }

  private namedLocal(key: string, name: string): number {
    const local = this.locals.get(key) ?? this.builder.addLocal(name, 'i32')
    this.locals.set(key, local)
    return local
  }

  /** The terms in the loops that are open, outermost loop first. */
  private termsOf({ affine, scale }: LinearForm): Term[] {
    const terms: Term[] = []
    for (const loop of this.open) {
      let stride = 0
      for (const term of affine.terms) if (term.index === loop.index) stride += term.stride * scale
      if (stride !== 0) terms.push({ loop, stride })
    }
    return terms
  }

  private localOf(base: number | undefined, terms: readonly Term[]): number | undefined {
    if (terms.length === 0) return base
    const induction = this.live.get(keyOf(base, terms))
    if (!induction) throw new InternalError(`no local was prepared for the address ${nameOf(base, terms)}`)
    return induction.local
  }

  private startInduction(base: number | undefined, terms: readonly Term[], slice: Slice | undefined): Induction {
    const { builder } = this
    const key = keyOf(base, terms)
    const last = terms.at(-1)!
    const local = this.namedLocal(key, nameOf(base, terms))
    // The prefix before this one belongs to an enclosing loop that prepared it: it has the same forms in its body.
    const outer = this.localOf(base, terms.slice(0, -1))
    if (outer !== undefined) builder.emit('local.get', outer)
    if (outer === undefined || reach(last) !== 0) builder.emit('i32.const', reach(last))
    if (outer !== undefined && reach(last) !== 0) builder.emit('i32.add')
    const increment = last.stride * last.loop.step
    if (slice) {
      builder.emit('local.get', slice.first)
      builder.emit('i32.const', increment)
      builder.emit('i32.mul')
      builder.emit('i32.add')
    }
    builder.emit('local.set', local)
    const end = outer === undefined && !slice ? reach(last) + last.stride * last.loop.extent : undefined
    return { key, local, increment, end }
  }

  /** Returns what ends the body: increments, and whether to go on, on the stack. */
  private startCounter(loop: OpenLoop, inductions: readonly Induction[], slice: Slice | undefined): () => void {
    const { builder } = this
    const increment = (local: number, by: number): void => {
      builder.emit('local.get', local)
      builder.emit('i32.const', by)
      builder.emit('i32.add')
    }
    const counting = inductions.find((induction) => induction.end !== undefined)
    const incrementOthers = (): void => {
      for (const induction of inductions) {
        if (induction === counting) continue
        increment(induction.local, induction.increment)
        builder.emit('local.set', induction.local)
      }
    }
    if (counting) {
      return () => {
        incrementOthers()
        increment(counting.local, counting.increment)
        builder.emit('local.tee', counting.local)
        builder.emit('i32.const', counting.end!)
        builder.emit('i32.ne')
      }
    }
    const passes = slice?.passes ?? this.namedLocal(`passes of ${loop.id}`, loop.index.name)
    if (!slice) {
      builder.emit('i32.const', loop.extent / loop.step)
      builder.emit('local.set', passes)
    }
    return () => {
      incrementOthers()
      increment(passes, -1)
      builder.emit('local.tee', passes)
    }
  }
}

const reach = ({ loop, stride }: Term): number => (stride < 0 ? -stride * (loop.extent - loop.step) : 0)

function keyOf(base: number | undefined, terms: readonly Term[]): string {
  let key = `${base ?? ''}`
  for (const { loop, stride } of terms) key += `+${loop.id}*${stride}`
  return key
}

const nameOf = (base: number | undefined, terms: readonly Term[]): string =>
  [
    ...(base === undefined ? [] : [`p${base}`]),
    ...terms.map(({ loop, stride }) => (stride === 1 ? loop.index.name : `${loop.index.name}*${stride}`)),
  ].join('+')
