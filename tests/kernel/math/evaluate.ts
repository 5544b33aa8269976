import type { Expr, Variable } from '../../../src/kernel/ir.ts'
import { read, register } from '../../../src/kernel/builder.ts'
import { mathExpr } from '../../../src/kernel/math/index.ts'
import type { MathFunction } from '../../../src/ops/scalar-builder.ts'

/** An evaluator of scalar expressions that shares nothing with the back ends: one JavaScript statement per node. */

type Evaluate = (...values: number[]) => number

const words = new DataView(new ArrayBuffer(8))
const runtime = {
  fround: Math.fround,
  imul: Math.imul,
  bitsF32ToI32(x: number): number {
    words.setFloat32(0, x)
    return words.getInt32(0)
  },
  bitsI32ToF32(bits: number): number {
    words.setInt32(0, bits)
    return words.getFloat32(0)
  },
}

const literal = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))
const arithmetic: { readonly [op: string]: string } = { add: '+', sub: '-', mul: '*', div: '/' }
const bitwise: { readonly [op: string]: string } = { and: '&', or: '|', xor: '^', shl: '<<', shrS: '>>', shrU: '>>>' }
const comparison: { readonly [op: string]: string } = { eq: '===', ne: '!==', lt: '<', le: '<=', gt: '>', ge: '>=' }

function binaryText(op: string, scalar: string, a: string, b: string): string {
  if (op === 'pmin') return `${b} < ${a} ? ${b} : ${a}`
  if (op === 'pmax') return `${a} < ${b} ? ${b} : ${a}`
  if (op in bitwise) return scalar === 'bool' ? `(${a} ${bitwise[op]} ${b}) !== 0` : `(${a} ${bitwise[op]} ${b}) | 0`
  const exact = `${a} ${arithmetic[op]} ${b}`
  if (scalar === 'f32') return `fround(${exact})`
  if (scalar === 'f64') return exact
  return op === 'mul' ? `imul(${a}, ${b})` : `(${exact}) | 0`
}

/** The text of a node whose operands are already named; `name` gives an operand's name. */
function nodeText(e: Expr, name: (e: Expr) => string): string {
  switch (e.kind) {
    case 'constant':
      if (e.type.scalar === 'f32' && !Object.is(Math.fround(e.value), e.value)) throw new Error(`${e.value} is no f32`)
      return e.type.scalar === 'i32' ? String(e.value | 0) : literal(e.value)
    case 'read':
      return e.variable.name
    case 'unary': {
      const x = name(e.x)
      return {
        neg: `-${x}`,
        abs: `Math.abs(${x})`,
        floor: `Math.floor(${x})`,
        not: `!${x}`,
        sqrt: `fround(Math.sqrt(${x}))`,
      }[e.op]
    }
    case 'binary':
      return binaryText(e.op, e.type.scalar, name(e.a), name(e.b))
    case 'compare':
      if (e.op === 'ltU') return `(${name(e.a)} >>> 0) < (${name(e.b)} >>> 0)`
      return `${name(e.a)} ${comparison[e.op]} ${name(e.b)}`
    case 'select':
      return `${name(e.condition)} ? ${name(e.a)} : ${name(e.b)}`
    case 'convert':
      if (e.op === 'i32ToF32') return `fround(${name(e.x)})`
      return `${e.op}(${name(e.x)})`
    case 'host':
      return `Math.${e.fn}(${e.args.map(name).join(', ')})`
    default:
      throw new Error(`no meaning for ${e.kind} here`)
  }
}

/** Operands of a node, in order. */
export function operandsOf(e: Expr): readonly Expr[] {
  if (e.kind === 'unary' || e.kind === 'convert') return [e.x]
  if (e.kind === 'binary' || e.kind === 'compare') return [e.a, e.b]
  if (e.kind === 'select') return [e.condition, e.a, e.b]
  return e.kind === 'host' ? e.args : []
}

/** Every node once, operands first. */
export function nodesOf(root: Expr): readonly Expr[] {
  const seen = new Set<Expr>()
  const visit = (e: Expr): void => {
    if (seen.has(e)) return
    for (const operand of operandsOf(e)) visit(operand)
    seen.add(e)
  }
  visit(root)
  return [...seen]
}

export function compileExpr(root: Expr, variables: readonly Variable[]): Evaluate {
  const names = new Map(nodesOf(root).map((e, i) => [e, `v${i}`]))
  const name = (e: Expr): string => names.get(e) ?? ''
  const lines = [...names].map(([e, id]) => `const ${id} = ${nodeText(e, name)}`)
  const parameters = variables.map((v) => v.name).join(', ')
  const text = `const { ${Object.keys(runtime).join(', ')} } = runtime
return (${parameters}) => {\n${lines.join('\n')}\nreturn ${name(root)}\n}`
  // oxlint-disable-next-line typescript/no-implied-eval -- sweeps need compiled code, and the text is made here
  return new Function('runtime', text)(runtime) as Evaluate // the text above is such a function
}

/** `fn` of variables x (and y for pow). */
export function expressionOf(
  fn: MathFunction,
  scalar: 'f32' | 'f64',
  lanes: 1 | 4 = 1,
): { root: Expr; variables: readonly Variable[] } {
  const variables = (fn === 'pow' ? ['x', 'y'] : ['x']).map((name) => ({ name, type: register(scalar, lanes) }))
  return { root: mathExpr(fn, variables.map(read)), variables }
}

export function functionOf(fn: MathFunction, scalar: 'f32' | 'f64'): Evaluate {
  const { root, variables } = expressionOf(fn, scalar)
  return compileExpr(root, variables)
}
