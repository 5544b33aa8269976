import type { Expr, LoopIndex, Statement, Variable } from './ir.ts'
import { operandsOf, isTrivial, withOperands } from './operands.ts'
import { allExpressions } from './probe.ts'
import { read } from './builder.ts'
import { bindShared } from './share.ts'

/** A statement with expressions in it. */
export type Effect = Exclude<Statement, { kind: 'loop' | 'barrier' | 'comment' }>

/** Makes names of variables and loop indices that no other object of the kernel has. */
export class Names {
  readonly #counts = new Map<string, number>()

  next(prefix: string): string {
    const count = this.#counts.get(prefix) ?? 0
    this.#counts.set(prefix, count + 1)
    return `${prefix}${count}`
  }
}

/**
 * The effects as statements, shared expressions bound by `let`. All effects see the state before the first of them, but for checks, which
 * stop what comes after them: a value is computed after the checks that stand before the effects that use it. `bindAll` makes all loads
 * come before the first store.
 */
export function bindEffects(effects: readonly Effect[], names: Names, bindAll: boolean): Statement[] {
  const valuesOf = effects.map(expressionsOf)
  const { lets, values } = bindShared(valuesOf.flat(), { newName: () => names.next('t'), bindAll })
  const order = new Map<Variable, number>()
  lets.forEach((statement, i) => statement.kind === 'let' && order.set(statement.variable, i))
  const statements: Statement[] = []
  let letCount = 0
  let valueCount = 0
  let storesBegan = false
  effects.forEach((effect, i) => {
    const count = valuesOf[i]!.length
    const own = values.slice(valueCount, (valueCount += count))
    storesBegan ||= effect.kind === 'store' || effect.kind === 'assign'
    const end = storesBegan ? lets.length : endOfNeeded(own, order)
    for (; letCount < end; letCount++) statements.push(lets[letCount]!)
    statements.push(withExpressions(effect, own))
  })
  return statements
}

/** One past the last of the new variables that `values` read. */
function endOfNeeded(values: readonly Expr[], order: ReadonlyMap<Variable, number>): number {
  let end = 0
  for (const expr of allExpressions(values))
    if (expr.kind === 'read') end = Math.max(end, (order.get(expr.variable) ?? -1) + 1)
  return end
}

function expressionsOf(effect: Effect): Expr[] {
  if (effect.kind === 'check') return [effect.ok, effect.value]
  if (effect.kind === 'store') return effect.at.dynamic ? [effect.value, effect.at.dynamic] : [effect.value]
  return [effect.value]
}

function withExpressions(effect: Effect, [first, second]: readonly Expr[]): Effect {
  if (effect.kind === 'check') return { ...effect, ok: first!, value: second! }
  if (effect.kind === 'store' && second)
    return { ...effect, value: first!, at: { affine: effect.at.affine, dynamic: second } }
  return { ...effect, value: first! }
}

/** `effects` as statements, then `inner`, which reads variables that they set. Equal values are computed once and have one name. */
export function inFrontOf(inner: readonly Statement[], effects: readonly Effect[], names: Names): Statement[] {
  const aliases = new Map<Variable, Expr>()
  const own = bindEffects(effects, names, false).filter((statement) => {
    const isAlias = statement.kind === 'let' && statement.value.kind === 'read'
    if (isAlias) aliases.set(statement.variable, statement.value)
    return !isAlias
  })
  if (aliases.size === 0) return [...own, ...inner]
  const renamed = (expr: Expr): Expr =>
    (expr.kind === 'read' && aliases.get(expr.variable)) || withOperands(expr, operandsOf(expr).map(renamed))
  const renamedIn = (statement: Statement): Statement => {
    if (statement.kind === 'comment' || statement.kind === 'barrier') return statement
    if (statement.kind === 'loop') return { ...statement, body: statement.body.map(renamedIn) }
    return withExpressions(statement, expressionsOf(statement).map(renamed))
  }
  return [...own, ...inner].map(renamedIn)
}

/**
 * Moves what does not change in a loop in front of it: level d of the result holds what is evaluated inside the first d of `loops`, the
 * last level the rest. `innermost` variables are set in the last loop.
 */
export function hoistEffects(
  effects: readonly Effect[],
  loops: readonly LoopIndex[],
  names: Names,
  innermost: ReadonlySet<Variable> = new Set(),
): Effect[][] {
  const levels: Effect[][] = [...loops, undefined].map(() => [])
  const stored = new Set(effects.flatMap((effect) => (effect.kind === 'store' ? [effect.buffer] : [])))
  const depths = new Map<Expr, number>()
  const inPlace = new Map<Expr, Expr>()
  const hoisted = new Map<Expr, Expr>()
  /** `expr` for use at `depth`, for which it is moved out if that can be. */
  const placed = (expr: Expr, depth: number): Expr => {
    const own = depths.get(expr)!
    if (own === depth || isTrivial(expr)) return inPlace.get(expr)!
    const known = hoisted.get(expr)
    if (known) return known
    const variable: Variable = { name: names.next('h'), type: expr.type }
    levels[own]!.push({ kind: 'let', variable, value: inPlace.get(expr)! })
    const result = read(variable)
    hoisted.set(expr, result)
    return result
  }
  for (const effect of effects) {
    const values = expressionsOf(effect)
    for (const expr of operandsFirst(values, depths)) {
      const changes =
        expr.kind === 'read' ? innermost.has(expr.variable) : expr.kind === 'load' && stored.has(expr.buffer)
      const address = expr.kind === 'indexValue' ? expr.affine : expr.kind === 'load' ? expr.at.affine : undefined
      const operands = operandsOf(expr)
      const outerLoops = (address?.terms ?? []).map(({ index }) => loops.indexOf(index) + 1)
      const depth = Math.max(
        changes ? loops.length : 0,
        ...outerLoops,
        ...operands.map((operand) => depths.get(operand)!),
      )
      depths.set(expr, depth)
      inPlace.set(
        expr,
        withOperands(
          expr,
          operands.map((operand) => placed(operand, depth)),
        ),
      )
    }
    // A store or an assignment stays; a check moves as far out as its values allow.
    const depth = effect.kind === 'check' ? Math.max(...values.map((value) => depths.get(value)!)) : loops.length
    levels[depth]!.push(
      withExpressions(
        effect,
        values.map((value) => placed(value, depth)),
      ),
    )
  }
  return levels
}

/** What `roots` are made of, operands before what uses them, but for what `done` has. An explicit stack, for chains can be long. */
export function operandsFirst(roots: readonly Expr[], done: ReadonlyMap<Expr, unknown>): Expr[] {
  const order = new Set<Expr>()
  const stack = [...roots].reverse().map((expr) => ({ expr, entered: false }))
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { expr, entered } = top
    if (order.has(expr) || done.has(expr)) continue
    if (entered) order.add(expr)
    else
      stack.push(
        { expr, entered: true },
        ...[...operandsOf(expr)].reverse().map((operand) => ({ expr: operand, entered: false })),
      )
  }
  return [...order]
}
