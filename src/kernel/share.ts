import { read } from './builder.ts'
import type { Affine, Expr, Statement, Variable } from './ir.ts'
import { isTrivial, operandsOf, withOperands } from './operands.ts'

export interface ShareOptions {
  /** Names of the new variables; t0, t1, … by default. */
  readonly newName?: () => string
  /** Also binds each value itself, so that all loads come before whatever uses the values. */
  readonly bindAll?: boolean
}

/**
 * Turns expression DAGs into trees: every expression that is used more than once, be it one object or equal ones, is bound by a `let`,
 * operands first. Trivial expressions stay where they are. Takes time linear in the number of objects.
 */
export function bindShared(values: readonly Expr[], options: ShareOptions = {}): { lets: Statement[]; values: Expr[] } {
  let nameCount = 0
  const newName = options.newName ?? (() => `t${nameCount++}`)
  const table = numberExpressions(values)
  const { nodes, useCounts } = table
  const roots = values.map((value) => table.numberOf.get(value)!)
  const bound = new Set(options.bindAll ? roots : [])

  const lets: Statement[] = []
  const rewritten: Expr[] = []
  const depths: number[] = []
  nodes.forEach(({ expr, operands }, number) => {
    const tree = withOperands(
      expr,
      operands.map((operand) => rewritten[operand]!),
    )
    const depth = operands.reduce((deepest, operand) => Math.max(deepest, depths[operand]! + 1), 0)
    if (!isTrivial(expr) && (useCounts[number]! > 1 || bound.has(number) || depth >= maxDepth)) {
      const variable: Variable = { name: newName(), type: expr.type }
      lets.push({ kind: 'let', variable, value: tree })
      rewritten.push(read(variable))
      depths.push(0)
    } else {
      rewritten.push(tree)
      depths.push(depth)
    }
  })
  return { lets, values: roots.map((root) => rewritten[root]!) }
}

/** Deeper trees are cut by a `let`: back ends recurse. */
const maxDepth = 200

interface Node {
  readonly expr: Expr
  readonly operands: readonly number[]
}

/** Equal expressions get one number, operands before those that use them. */
function numberExpressions(values: readonly Expr[]): {
  nodes: Node[]
  useCounts: number[]
  numberOf: Map<Expr, number>
} {
  const nodes: Node[] = []
  const useCounts: number[] = []
  const numberOf = new Map<Expr, number>()
  const numberByKey = new Map<string, number>()
  const identities = new Map<object, number>()
  const identity = (object: object): number => {
    const known = identities.get(object)
    if (known !== undefined) return known
    identities.set(object, identities.size)
    return identities.size - 1
  }
  // An explicit stack: chains may be longer than the call stack is deep.
  const stack: { expr: Expr; entered: boolean }[] = values.map((expr) => ({ expr, entered: false })).reverse()
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!
    if (numberOf.has(top.expr)) {
      stack.pop()
    } else if (!top.entered) {
      top.entered = true
      const operands = operandsOf(top.expr)
      for (let i = operands.length - 1; i >= 0; i--) stack.push({ expr: operands[i]!, entered: false })
    } else {
      stack.pop()
      const operands = operandsOf(top.expr).map((operand) => numberOf.get(operand)!)
      const key = `${keyOf(top.expr, identity)}(${operands.join()})`
      let number = numberByKey.get(key)
      if (number === undefined) {
        number = nodes.length
        nodes.push({ expr: top.expr, operands })
        useCounts.push(0)
        numberByKey.set(key, number)
        for (const operand of operands) useCounts[operand]!++
      }
      numberOf.set(top.expr, number)
    }
  }
  for (const value of values) useCounts[numberOf.get(value)!]!++
  return { nodes, useCounts, numberOf }
}

/** Everything that tells two expressions with the same operands apart. */
function keyOf(expr: Expr, identity: (object: object) => number): string {
  const termKey = ({ index, stride }: Affine['terms'][number]): string => `+${identity(index)}*${stride}`
  const affineKey = ({ offset, terms }: Affine): string =>
    terms.length === 1 ? `${offset}${termKey(terms[0]!)}` : `${offset}${terms.map(termKey).sort().join('')}`
  const kind = `${expr.kind} ${expr.type.scalar}${expr.type.lanes}`
  switch (expr.kind) {
    case 'constant':
      return `${kind} ${Object.is(expr.value, -0) ? '-0' : expr.value}`
    case 'indexValue':
      return `${kind} ${affineKey(expr.affine)} ${expr.laneStride}`
    case 'laneMask':
      return `${kind} ${expr.count}`
    case 'load':
      return `${kind} ${identity(expr.buffer)} ${affineKey(expr.at.affine)} ${expr.laneStride} ${expr.valid}`
    case 'read':
      return `${kind} ${identity(expr.variable)}`
    case 'unary':
    case 'binary':
    case 'compare':
    case 'convert':
      return `${kind} ${expr.op}`
    case 'lane':
      return `${kind} ${expr.lane}`
    case 'shuffle':
      return `${kind} ${expr.pick.join()}`
    case 'host':
      return `${kind} ${expr.fn}`
    case 'select':
    case 'fma':
    case 'splat':
    case 'makeF64':
      return kind
  }
}
