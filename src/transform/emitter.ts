import type { Analysis } from './analysis.ts'
import { CarriedNames } from './carried.ts'
import { reasons, type ReasonName } from './diagnostics.ts'
import type { FreeNames } from './free-names.ts'
import { lineBreaks, type Piece } from './pieces.ts'
import { childrenOf, type FunctionNode, type Node } from './syntax.ts'

/** A variable of the output that says that a jump is under way. */
export interface Flag {
  readonly name: string
  /** Where the jump leads. */
  readonly target: Node
  /** Which passes of a loop end: all, or this one; or the function. */
  readonly kind: 'break' | 'continue' | 'return'
}

/** How an expression is used: as a test or an operand in one, where reads of elements count as their tensors; as a value; or for nothing. */
export type Use = 'test' | 'operand' | 'value' | 'nothing'

/** What encloses the node being emitted, outermost first. */
export type Frame =
  | { readonly kind: 'function'; readonly node: Node; value: string | undefined; readonly vars: Set<string> }
  | { readonly kind: 'target'; readonly node: Node } // of a break or continue
  | { readonly kind: 'closure' }

/** What one function is rewritten with: the state that all kinds of nodes share. */
export class Emission {
  readonly source: string
  readonly analysis: Analysis
  readonly carried: CarriedNames
  readonly free: FreeNames
  /** Name of the run-time part in the output. */
  readonly runtime: string
  /** Name of the object with the free variables. */
  readonly freeObject: string
  /** Emits a node of any kind, by the rules of all of them. */
  readonly emit: (node: Node, use?: Use) => Piece[]
  readonly frames: Frame[] = []
  readonly #flags: Flag[] = []
  readonly #positionOf: (offset: number) => string
  readonly #newName: (stem: string) => string
  /** Flags set since the last `collect` began, and whether that was inside a closure, where a jump leaves only the closure. */
  #escapes = new Map<Flag, boolean>()

  constructor(
    root: FunctionNode,
    source: string,
    analysis: Analysis,
    free: FreeNames,
    names: { readonly runtime: string; readonly freeObject: string; newName: (stem: string) => string },
    positionOf: (offset: number) => string,
    emit: (emission: Emission, node: Node, use?: Use) => Piece[],
  ) {
    this.emit = (node, use) => emit(this, node, use)
    this.source = source
    this.analysis = analysis
    this.carried = new CarriedNames(analysis, root, source)
    this.free = free
    this.runtime = names.runtime
    this.freeObject = names.freeObject
    this.#newName = names.newName
    this.#positionOf = positionOf
  }

  newName(stem: string): string {
    return this.#newName(stem)
  }

  /** A call of the run-time part. */
  call(name: string): string {
    return `${this.runtime}.${name}(`
  }

  /** The line breaks between two parts that are put apart. */
  gap(start: number, end: number): string {
    return lineBreaks(this.source, start, end)
  }

  slice(start: number, end: number): Piece {
    return { start, end }
  }

  /** Position and variables of a converted statement, as the run-time part gets them. */
  site(node: Node, names: readonly string[]): string {
    return JSON.stringify([this.#positionOf(node.start), ...names].join('|'))
  }

  /** Position and reason of a statement that stays JavaScript. */
  nativeSite(node: Node, reason: ReasonName): string {
    return JSON.stringify(`${this.#positionOf(node.start)}|${reasons[reason]}`)
  }

  /** Closures that get and set what a converted statement changes. */
  access(names: readonly string[]): string {
    if (names.length === 0) return ''
    const list = names.join(', ')
    const given = this.newName('v')
    return `, () => [${list}], (${given}) => { [${list}] = ${given} }`
  }

  /** The source of a node with its parts replaced by what `emit` makes of them. */
  around(node: Node, emit: (part: Node) => Piece[]): Piece[] {
    const pieces: Piece[] = []
    let at = node.start
    for (const part of childrenOf(node)) {
      const inner = emit(part)
      if (inner.length === 1 && isWhole(inner[0]!, part)) continue // most parts stay as they are
      pieces.push({ start: at, end: part.start }, ...inner)
      at = part.end
    }
    pieces.push({ start: at, end: node.end })
    return pieces
  }

  /** What a part changes: its variables, and the flags of jumps in it. `loop` is a `for` whose own variables count. */
  carriedNames(range: { start: number; end: number }, flags: readonly Flag[], loop?: Node): string[] {
    const { value } = this.functionFrame()
    const names = flags.flatMap((flag) => (flag.kind === 'return' && value ? [flag.name, value] : [flag.name]))
    return [...new Set([...this.carried.in(range, loop), ...names])]
  }

  /** Emits inside a frame. */
  within<R>(frames: readonly Frame[], emit: () => R): R {
    const outer = this.#escapes
    const isClosure = frames.some(({ kind }) => kind === 'closure')
    if (isClosure) this.#escapes = new Map()
    this.frames.push(...frames)
    const result = emit()
    this.frames.length -= frames.length
    if (isClosure) {
      for (const flag of this.#escapes.keys()) outer.set(flag, true)
      this.#escapes = outer
    }
    return result
  }

  /**
   * The flags that what `emit` makes sets for targets outside of it; they count for what encloses it too. Of those in `pending`, what
   * follows has to ask.
   */
  collect<R>(
    emit: () => R,
    isInside: (flag: Flag) => boolean = () => false,
  ): { result: R; flags: Flag[]; pending: Flag[] } {
    const outer = this.#escapes
    this.#escapes = new Map()
    const result = emit()
    const found = this.#escapes
    this.#escapes = outer
    for (const [flag, isDeep] of found) if (!isInside(flag)) outer.set(flag, isDeep || outer.get(flag) === true)
    const flags = [...found.keys()]
    return { result, flags, pending: flags.filter((flag) => found.get(flag)) }
  }

  flag(target: Node, kind: Flag['kind']): Flag {
    let flag = this.#flags.find((each) => each.target === target && each.kind === kind)
    if (!flag) this.#flags.push((flag = { name: this.newName(kind), target, kind }))
    this.#escapes.set(flag, this.#escapes.get(flag) ?? false)
    return flag
  }

  /** The flag of that kind, if a jump needed it. */
  flagOf(target: Node, kind: Flag['kind']): Flag | undefined {
    return this.#flags.find((each) => each.target === target && each.kind === kind)
  }

  functionFrame(): Frame & { kind: 'function' } {
    const frame = this.frames.findLast((each) => each.kind === 'function')
    if (frame?.kind !== 'function') throw new TypeError('no function is being emitted')
    return frame
  }

  /** How many closures lie between here and a target. */
  closuresTo(target: Node): number {
    const from = this.frames.findLastIndex((frame) => frame.kind !== 'closure' && frame.node === target)
    return this.frames.slice(from + 1).filter(({ kind }) => kind === 'closure').length
  }

  /** Whether values are asked for by a closure of the innermost function, where a `var` has to be declared outside. */
  isInClosure(): boolean {
    return this.frames.at(-1)?.kind === 'closure' || this.closuresTo(this.functionFrame().node) > 0
  }
}

const isWhole = (piece: Piece, { start, end }: Node): boolean =>
  typeof piece !== 'string' && piece.start === start && piece.end === end
