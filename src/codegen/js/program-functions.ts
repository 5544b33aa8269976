import type * as ESTree from 'estree'

import { InternalError } from '../../base/errors.ts'
import { compare, read, register, select } from '../../kernel/builder.ts'
import type { Expr, Scalar, Variable } from '../../kernel/ir.ts'
import { NameTable } from '../../kernel/names.ts'
import { bindShared } from '../../kernel/share.ts'
import {
  assign,
  binary,
  construct,
  declare,
  declareFunction,
  element,
  member,
  math,
  name,
  number,
  returns,
} from './estree.ts'
import { expressionOf, type ExpressionScope, type HelperName } from './expression.ts'
import { fusedF32, fusedF64 } from './fused.ts'

/** What the helpers share: two words seen as integers and as floats. */
const scratchNames = { i32: 'wordsI32', f32: 'wordsF32', f64: 'wordsF64' } as const
const scratch = (scalar: keyof typeof scratchNames, index: number): ESTree.MemberExpression =>
  element(name(scratchNames[scalar]), number(index))

type Declarations = (ESTree.Statement | ESTree.FunctionDeclaration)[]

/** What declares each helper, given a way to ask for others. */
const declarationsOf: { readonly [N in HelperName]: (need: (helper: HelperName) => string) => Declarations } = {
  fround: () => [declare('const', 'fround', member(name('Math'), 'fround'))],
  pmin: (need) => [fromKernelIr('pmin', ['f64', 'f64'], need, (a, b) => select(compare('lt', b!, a!), b!, a!))],
  pmax: (need) => [fromKernelIr('pmax', ['f64', 'f64'], need, (a, b) => select(compare('lt', a!, b!), b!, a!))],
  // Apart from the ones for floats, so that each sees one representation of numbers.
  pminI32: (need) => [fromKernelIr('pminI32', ['i32', 'i32'], need, (a, b) => select(compare('lt', b!, a!), b!, a!))],
  pmaxI32: (need) => [fromKernelIr('pmaxI32', ['i32', 'i32'], need, (a, b) => select(compare('lt', a!, b!), b!, a!))],
  fusedF32: (need) => [fromKernelIr('fusedF32', ['f32', 'f32', 'f32'], need, (a, b, c) => fusedF32(a!, b!, c!))],
  fusedF64: (need) => [fromKernelIr('fusedF64', ['f64', 'f64', 'f64'], need, (a, b, c) => fusedF64(a!, b!, c!))],
  saturateI32: () => [
    declareFunction(
      'saturateI32',
      ['x'],
      [
        // The bounds keep infinities; NaN | 0 is 0.
        returns(binary('|', math('max', number(-(2 ** 31)), math('min', name('x'), number(2 ** 31 - 1))), number(0))),
      ],
    ),
  ],
  bitsOfF32: () => [
    declareFunction('bitsOfF32', ['x'], [assign(scratch('f32', 0), name('x')), returns(scratch('i32', 0))]),
  ],
  f32OfBits: () => [
    declareFunction('f32OfBits', ['bits'], [assign(scratch('i32', 0), name('bits')), returns(scratch('f32', 0))]),
  ],
  highWord: () => [
    declareFunction('highWord', ['x'], [assign(scratch('f64', 0), name('x')), returns(scratch('i32', 1))]),
  ],
  lowWord: () => [
    declareFunction('lowWord', ['x'], [assign(scratch('f64', 0), name('x')), returns(scratch('i32', 0))]),
  ],
  makeF64: () => [
    declareFunction(
      'makeF64',
      ['high', 'low'],
      [assign(scratch('i32', 1), name('high')), assign(scratch('i32', 0), name('low')), returns(scratch('f64', 0))],
    ),
  ],
}

export const helperNames: readonly string[] = [...Object.keys(declarationsOf), ...Object.values(scratchNames)]

/** The helpers a program asked for, each once, those they need first. */
export class HelperSet {
  readonly declarations: Declarations = []
  readonly #needed = new Set<HelperName>()

  readonly need = (helper: HelperName): string => {
    if (this.#needed.has(helper)) return helper
    this.#needed.add(helper)
    const own = declarationsOf[helper](this.need)
    if (usesScratch.has(helper)) this.#declareScratch()
    this.declarations.push(...own)
    return helper
  }

  #hasScratch = false
  #declareScratch(): void {
    if (this.#hasScratch) return
    this.#hasScratch = true
    const buffer = member(name(scratchNames.i32), 'buffer')
    this.declarations.push(
      declare('const', scratchNames.i32, construct('Int32Array', number(2))),
      declare('const', scratchNames.f32, construct('Float32Array', buffer)),
      declare('const', scratchNames.f64, construct('Float64Array', buffer)),
    )
  }
}

const usesScratch: ReadonlySet<HelperName> = new Set<HelperName>([
  'bitsOfF32',
  'f32OfBits',
  'highWord',
  'lowWord',
  'makeF64',
])

/** A function of scalars written as a kernel expression. */
function fromKernelIr(
  id: string,
  params: readonly Scalar[],
  need: (helper: HelperName) => string,
  body: (...params: Expr[]) => Expr,
): ESTree.FunctionDeclaration {
  const names = new NameTable(helperNames)
  const variables = params.map((scalar, i): Variable => ({ name: 'abc'[i]!, type: register(scalar, 1) }))
  const { lets, values } = bindShared([body(...variables.map(read))])
  const scope: ExpressionScope = {
    fma: 'separate',
    nameOf: (variable) => names.nameOf(variable),
    helper: need,
    element: noMemory,
    affine: noMemory,
  }
  const paramNames = variables.map((variable) => names.nameOf(variable))
  const statements = lets.map((statement) => {
    if (statement.kind !== 'let') throw new InternalError(`a ${statement.kind} among lets`)
    return declare('const', names.nameOf(statement.variable), expressionOf(statement.value, scope))
  })
  return declareFunction(id, paramNames, [...statements, returns(expressionOf(values[0]!, scope))])
}

function noMemory(): never {
  throw new InternalError('a helper of the JavaScript back end has no buffers and no loops')
}
