import type { Random } from './random.ts'

/** Expressions are text in which `$a` stands for the variable a. */
export type Test =
  | { readonly kind: 'leaf'; readonly text: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly [Test, Test] }
  | { readonly kind: 'not'; readonly part: Test }

export type Statement =
  | { readonly kind: 'set'; readonly name: Name; readonly text: string }
  | { readonly kind: 'effect'; readonly text: string }
  | { readonly kind: 'if'; readonly test: Test; readonly blocks: readonly [Block, Block]; readonly isGiven: boolean }
  | {
      readonly kind: 'switch'
      readonly index: string
      readonly blocks: readonly Block[]
      readonly falls: readonly boolean[]
    }
  | { readonly kind: 'rows'; readonly blocks: readonly [Block] }
  | { readonly kind: 'while'; readonly test: Test; readonly most: number; readonly blocks: readonly [Block] }
  | { readonly kind: 'for'; readonly end: string; readonly blocks: readonly [Block] }
  | { readonly kind: 'scan'; readonly isReversed: boolean; readonly blocks: readonly [Block] }
  | { readonly kind: 'jump'; readonly test: Test; readonly to: 'break' | 'continue' | 'return' }
export type Block = readonly Statement[]
type Name = 'a' | 'b' | 's' | 'q'

/** Vectors a and b, a scalar s and a whole number q, changed by statements. */
export interface ControlProgram {
  readonly body: Block
  /** `inner` calls backward() on the way and gives what it left. */
  readonly goal: 'values' | 'backward' | 'grad' | 'inner'
}

/** The names of what programs read: arguments, and what closures see. */
export const argumentNames = ['x', 'y', 'm', 'k'] as const

interface Place {
  readonly depth: number
  readonly inLoop: boolean
  /** Whether the program is written with if and while. */
  readonly isNative: boolean
  readonly goal: ControlProgram['goal']
  /** Whether values may be read on the host. */
  readonly reads: boolean
  /** Whether the function may return early: not with host reads, for all that follows is a branch then. */
  readonly returns: boolean
}

export function randomControlProgram(random: Random, isNative: boolean): ControlProgram {
  const goal = random.pick(['values', 'values', 'values', 'backward', 'grad', 'inner'] as const)
  const reads = goal !== 'grad' && random.chance(0.3)
  return {
    goal,
    body: block(
      random,
      { depth: 0, inLoop: false, isNative, goal, reads, returns: isNative && !reads },
      2 + random.below(5),
    ),
  }
}

const block = (random: Random, place: Place, length: number): Block =>
  Array.from({ length }, () => statement(random, place))

function statement(random: Random, place: Place): Statement {
  const { depth, inLoop, isNative, reads } = place
  const inner = (isLoop: boolean): Block =>
    block(random, { ...place, depth: depth + 1, inLoop: isLoop, reads: false }, 1 + random.below(3))
  if (depth < 3 && random.chance(depth === 0 ? 0.5 : 0.3)) {
    switch (isNative ? random.pick([0, 0, 1, 1, 2, 2, 3, 5]) : random.below(5)) {
      case 0:
        return {
          kind: 'if',
          test: test(random, 2, place),
          blocks: [inner(inLoop), random.chance(0.3) ? [] : inner(inLoop)],
          isGiven: random.chance(0.5),
        }
      case 1:
        return { kind: 'while', test: test(random, 2, place), most: random.below(5), blocks: [inner(true)] }
      case 2:
        return { kind: 'for', end: random.pick(['k', 'k', '3', '$q']), blocks: [inner(true)] }
      case 3:
        return {
          kind: 'switch',
          index: integer(random),
          blocks: Array.from({ length: 1 + random.below(3) }, () => inner(inLoop)),
          falls: Array.from({ length: 3 }, () => random.chance(0.3)),
        }
      case 5:
        return { kind: 'rows', blocks: [inner(true)] }
      default:
        return { kind: 'scan', isReversed: random.chance(0.4), blocks: [inner(true)] }
    }
  }
  if (inLoop && isNative && random.chance(0.15))
    return { kind: 'jump', test: test(random, 1, place), to: random.pick(['break', 'continue']) }
  if (place.returns && random.chance(0.05)) return { kind: 'jump', test: test(random, 1, place), to: 'return' }
  if (random.chance(0.35)) {
    const vector = expression(random, 2, place)
    const number = scalar(random, 1, place)
    return {
      kind: 'effect',
      text: random.pick([
        `debug.print('${random.below(100)}', ${random.pick(['$a', '$s', '$q', vector])})`,
        `debug.print('${random.below(100)}', ${random.pick(['$b', stateIn(place), number])})`,
        `w.assign(${vector})`,
        `w.add_(${vector})`,
        `w.at(${random.below(3)}).set_(${number})`,
        'n.add_(1)',
        `debug.assert($q.less(${2 + random.below(3)}), 'q is small')`,
        ...(place.goal === 'inner' ? Array<string>(4).fill(`${vector}.detach().mul(p).tanh().sum().backward()`) : []),
        ...(reads ? [`log.push($a.toArray())`, `log.push($s.item())`, `log.push(w.toArray(), n.item())`] : []),
      ]),
    }
  }
  const name = random.pick(['a', 'a', 'b', 'b', 's', 'q'] as const)
  const text = name === 's' ? scalar(random, 3, place) : name === 'q' ? integer(random) : expression(random, 3, place)
  return { kind: 'set', name, text: isShown(text) ? `${text}.clone()` : text }
}

/** Whether a value is a variable or a view of one: using such a one after a change is an error, which comes at other times in a recording. */
const isShown = (text: string): boolean => /^[wp](\.slice\([^)]*\))*$/.test(text)

/** A variable that changes later can't be read before a backward pass, but its copy can. */
const stateIn = ({ goal }: Place): string => (goal === 'values' || goal === 'inner' ? 'w' : 'w.clone()')

function expression(random: Random, depth: number, place: Place): string {
  const state = stateIn(place)
  if (depth === 0 || random.chance(0.2)) return random.pick(['$a', '$b', '$a', 'x', 'y', 'c', 'p', state])
  const vector = (): string => expression(random, depth - 1, place)
  const of = [
    () => `${vector()}.${random.pick(['add', 'sub', 'mul', 'maximum'])}(${vector()})`,
    () => `${vector()}.${random.pick(['tanh()', 'sin()', 'neg()', 'relu()', 'abs()', 'clone()', 'mul(0.5)'])}`,
    () => `${vector()}.${random.pick(['add', 'mul'])}(${scalar(random, depth - 1, place)})`,
    () => `where(${vector()}.greater(${vector()}), ${vector()}, ${vector()})`,
    () => `${vector()}.matmul(e)`,
    () => `${vector()}.slice([[0, 3, 1]])`,
    () => random.pick(['rand([3])', 'm.sum(0)', `${vector()}.div(2)`, `${vector()}.softmax()`]),
  ]
  return random.pick(of)()
}

function scalar(random: Random, depth: number, place: Place): string {
  if (depth === 0) return random.pick(['$s', '$s', "$q.cast('float32')"])
  const part = (): string => scalar(random, depth - 1, place)
  return random.pick([
    () => `${expression(random, depth - 1, place)}.${random.pick(['sum()', 'mean()', 'max()'])}`,
    () => `${part()}.${random.pick(['add', 'sub', 'mul'])}(${part()})`,
    () => `${part()}.mul(0.5)`,
    () => `gather(${expression(random, depth - 1, place)}, $q.clamp(0, 2))`,
  ])()
}

const integer = (random: Random): string =>
  random.pick(['$q.add(1).minimum(3)', '$q.sub(1)', 'k', "$s.clamp(-2, 3).cast('int32')", '$q'])

function test(random: Random, depth: number, place: Place): Test {
  const part = (): Test => test(random, depth - 1, place)
  if (depth > 0 && random.chance(0.35))
    return random.chance(0.3)
      ? { kind: 'not', part: part() }
      : { kind: random.pick(['and', 'or']), parts: [part(), part()] }
  const text = random.pick([
    () => `${scalar(random, 2, place)}.greater(${scalar(random, 1, place)})`,
    () => `${scalar(random, 2, place)}.less(0.7)`,
    () => `$q.${random.pick(['less', 'greaterEqual', 'notEqual'])}(${random.below(3)})`,
    () => '$s.greater(0)',
  ])()
  return { kind: 'leaf', text }
}
