import type * as acorn from 'acorn'
import { emitList } from './branches.ts'
import type { Emission, Flag } from './emitter.ts'
import { alwaysLeaves } from './jumps.ts'
import type { Piece } from './pieces.ts'
import type { Node } from './syntax.ts'

/** Cases one of which may fall through to the next; none to what follows the last. */
interface Group {
  readonly cases: readonly acorn.SwitchCase[]
  /** Position of the last among all cases. */
  readonly last: number
}

function groupsOf({ cases }: acorn.SwitchStatement): Group[] {
  const groups: Group[] = []
  let from = 0
  cases.forEach((each, i) => {
    if (i < cases.length - 1 && !each.consequent.some(alwaysLeaves)) return
    groups.push({ cases: cases.slice(from, i + 1), last: i })
    from = i + 1
  })
  return groups
}

/** A switch as branches by the position of the case that is entered. */
export const emitSwitch = (e: Emission, node: acorn.SwitchStatement): Piece[] => new SwitchEmission(e, node).pieces()

class SwitchEmission {
  readonly #e: Emission
  readonly #node: acorn.SwitchStatement
  readonly #groups: readonly Group[]
  readonly #entered: string
  /** Up to where line breaks have been kept. */
  #at: number

  constructor(e: Emission, node: acorn.SwitchStatement) {
    this.#e = e
    this.#node = node
    this.#groups = groupsOf(node)
    this.#entered = e.newName('case')
    this.#at = node.discriminant.end
  }

  pieces(): Piece[] {
    const [e, node] = [this.#e, this.#node]
    const { discriminant } = node
    const tests = node.cases.flatMap(({ test }, i): Piece[] => [
      i === 0 ? '' : ', ',
      ...(test ? ['() => (', ...e.emit(test, 'operand'), ')'] : ['undefined']),
    ])
    const value = e.emit(discriminant, 'operand')
    const { result } = e.collect(
      () => e.within([{ kind: 'target', node }], () => this.#groupsFrom(0)),
      (flag) => flag.target === node,
    )
    const flag = e.flagOf(node, 'break')
    return [
      `{ ${flag ? `let ${flag.name} = false; ` : ''}const ${this.#entered} = ${e.call('entered')}(`,
      e.gap(node.start, discriminant.start),
      ...value,
      '), [',
      ...tests,
      ']); ',
      ...result,
      this.#until(node.end),
      '}',
    ]
  }

  #groupsFrom(index: number): Piece[] {
    const e = this.#e
    const group = this.#groups[index]
    if (!group) return []
    const isLast = index === this.#groups.length - 1
    const { result: sides, flags } = e.collect(() => ({
      first: e.within([{ kind: 'closure' }], () => this.#bodies(group)),
      second: isLast ? undefined : e.within([{ kind: 'closure' }], () => this.#groupsFrom(index + 1)),
    }))
    // With a default there is always a case to enter.
    const isSure = isLast && this.#node.cases.some(({ test }) => !test)
    const names = e.carriedNames({ start: group.cases[0]!.start, end: this.#node.end }, flags)
    return [
      `${e.call('branch')}${isSure ? 'true' : this.#reaches(group.last)}, () => {`,
      ...sides.first,
      ...(sides.second ? ['}, () => {', ...sides.second, '}'] : ['}, undefined']),
      `, ${e.site(group.cases[0]!, names)}${e.access(names)});`,
    ]
  }

  #reaches(position: number): string {
    return `${this.#e.call('upTo')}${this.#entered}, ${position})`
  }

  #bodies({ cases, last }: Group): Piece[] {
    const e = this.#e
    const bodies = cases.filter(({ consequent }) => consequent.length > 0)
    if (bodies.length < 2) return bodies.flatMap((each) => this.#body(each))
    const left: Flag[] = []
    return bodies.flatMap((each, i) => {
      const { result, flags, pending } = e.collect(() => e.within([{ kind: 'closure' }], () => this.#body(each)))
      const names = e.carriedNames(each, flags)
      const entered = i === bodies.length - 1 ? undefined : this.#reaches(last - cases.length + 1 + cases.indexOf(each))
      const stays = left.length > 0 ? `${e.call('go')}${left.map(({ name }) => name).join(', ')})` : undefined
      left.push(...pending.filter((flag) => !left.includes(flag)))
      const test = stays && entered ? `${e.call('and')}${stays}, () => ${entered}, true)` : (stays ?? entered ?? 'true')
      return [
        `${e.call('branch')}${test}, () => {`,
        ...result,
        `}, undefined, ${e.site(each, names)}${e.access(names)}); `,
      ]
    })
  }

  /** The statements of a case, without a `break` at the end. */
  #body(each: acorn.SwitchCase): Piece[] {
    if (each.test) {
      const before = this.#until(each.test.start)
      this.#at = each.test.end // its own line breaks are where it went
      return [before, ...this.#statements(each.consequent)]
    }
    return this.#statements(each.consequent)
  }

  #statements(all: readonly Node[]): Piece[] {
    const [only] = all
    if (all.length === 1 && only!.type === 'BlockStatement') return this.#statements(only!.body)
    const last = all.at(-1)
    const list = last?.type === 'BreakStatement' && !last.label ? all.slice(0, -1) : all
    const [first] = list
    if (!first) return []
    const before = this.#until(first.start)
    this.#at = list.at(-1)!.end
    return [before, ...emitList(this.#e, list, first.start, this.#at)]
  }

  #until(offset: number): string {
    const text = this.#e.gap(this.#at, offset)
    this.#at = offset
    return text
  }
}
