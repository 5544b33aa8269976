import type * as ESTree from 'estree'

import { dtypeInfo, type Dtype } from '../../base/dtype.ts'
import { InternalError } from '../../base/errors.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement, Variable } from '../../kernel/ir.ts'
import { NameTable } from '../../kernel/names.ts'
import type { Placement } from '../../plan/placement.ts'
import {
  assign,
  binary,
  commented,
  conditional,
  counting,
  declare,
  declareFunction,
  element,
  name,
  number,
  returns,
  sum,
  unary,
  when,
} from './estree.ts'
import { expressionOf, type ExpressionScope, type HelperName } from './expression.ts'

/** The views of the arena, as parameters of every function. */
export const viewNames = ['f32', 'f64', 'i32', 'u8'] as const
type ViewName = (typeof viewNames)[number]
const viewOf: { readonly [D in Dtype]: ViewName } = {
  float32: 'f32',
  float64: 'f64',
  int32: 'i32',
  uint8: 'u8',
  bool: 'u8',
}
export const parameterName = (position: number): string => `byteOffset${position}`

export interface KernelContext {
  readonly fma: 'fused' | 'separate'
  readonly statusByteOffset: number
  readonly reservedNames: Iterable<string>
  placementOf(buffer: Buffer): Placement
  helper(helper: HelperName): string
}

export interface KernelFunction {
  readonly declaration: ESTree.FunctionDeclaration
  /** Views and parameters it takes, in order. */
  readonly params: readonly string[]
  readonly canFail: boolean
}

/** A JavaScript function that carries out one kernel of scalars; it returns a failed site or 0 when it `canFail`. */
export function kernelFunction(kernel: Kernel, id: string, context: KernelContext): KernelFunction {
  return new KernelEmitter(kernel, context).emit(id)
}

interface OpenLoop {
  readonly index: LoopIndex
  /** Sums over this loop and outer ones, computed once per iteration; by their key. */
  readonly hoisted: Map<string, string>
  readonly declarations: ESTree.Statement[]
}

class KernelEmitter implements ExpressionScope {
  readonly fma: 'fused' | 'separate'
  readonly #kernel: Kernel
  readonly #context: KernelContext
  readonly #names: NameTable
  readonly #assigned = new Set<Variable>()
  readonly #views = new Set<ViewName>()
  readonly #parameters = new Set<number>()
  readonly #bases: ESTree.Statement[] = []
  readonly #based = new Set<Buffer>()
  readonly #loops: OpenLoop[] = []
  #canFail = false

  constructor(kernel: Kernel, context: KernelContext) {
    this.#kernel = kernel
    this.#context = context
    this.fma = context.fma
    this.#names = new NameTable(context.reservedNames)
    this.#collectAssigned(kernel.body)
  }

  emit(id: string): KernelFunction {
    const { name: title, body: source, sources } = this.#kernel
    const body = this.#body(source)
    if (this.#canFail) body.push(returns(number(0)))
    const params = [
      ...viewNames.filter((view) => this.#views.has(view)),
      ...[...this.#parameters].sort((a, b) => a - b).map(parameterName),
    ]
    const comments = [sources.length > 0 ? `${title}: ${sources.join(', ')}` : title, ...this.#describeBuffers()]
    const declaration = commented(declareFunction(id, params, [...this.#bases, ...body]), ...comments)
    return { declaration, params, canFail: this.#canFail }
  }

  #describeBuffers(): string[] {
    const buffers = [...this.#based].map(
      (buffer) => `${this.#names.nameOf(buffer)}: ${dtypeInfo[buffer.dtype].short}[${buffer.elementCount}]`,
    )
    return buffers.length > 0 ? [buffers.join(', ')] : []
  }

  #collectAssigned(body: readonly Statement[]): void {
    for (const statement of body) {
      if (statement.kind === 'assign') this.#assigned.add(statement.variable)
      if (statement.kind === 'loop') this.#collectAssigned(statement.body)
    }
  }

  #body(body: readonly Statement[]): ESTree.Statement[] {
    const result: ESTree.Statement[] = []
    let comments: string[] = []
    for (const statement of body) {
      if (statement.kind === 'comment') {
        comments.push(statement.text)
        continue
      }
      if (statement.kind === 'barrier') continue // JavaScript programs have one thread
      const emitted = this.#statement(statement)
      if (!emitted) continue
      result.push(comments.length > 0 ? commented(emitted, ...comments) : emitted)
      comments = []
    }
    return result
  }

  #statement(statement: Exclude<Statement, { kind: 'comment' | 'barrier' }>): ESTree.Statement | undefined {
    switch (statement.kind) {
      case 'loop': {
        const { index, extent, step } = statement
        const loop: OpenLoop = { index, hoisted: new Map(), declarations: [] }
        this.#loops.push(loop)
        const body = this.#body(statement.body)
        this.#loops.pop()
        return counting(this.#names.nameOf(index), extent, step, [...loop.declarations, ...body])
      }
      case 'store': {
        if (statement.count === 0) return undefined
        const value = this.#value(statement.value)
        const stored = statement.value.type.scalar === 'bool' ? conditional(value, number(1), number(0)) : value
        return assign(this.element(statement.buffer, statement.at), stored)
      }
      case 'let': {
        const { variable, value } = statement
        return declare(this.#assigned.has(variable) ? 'let' : 'const', this.#names.nameOf(variable), this.#value(value))
      }
      case 'assign':
        return assign(name(this.#names.nameOf(statement.variable)), this.#value(statement.value))
      case 'check': {
        if (statement.count === 0) return undefined
        this.#canFail = true
        this.#views.add('i32')
        const status = element(name('i32'), number(this.#context.statusByteOffset / 4))
        const failed = unary('!', this.#value(statement.ok))
        return when(failed, assign(status, this.#value(statement.value)), returns(number(statement.site)))
      }
    }
  }

  #value(expr: Expr): ESTree.Expression {
    return expressionOf(expr, this)
  }

  nameOf(variable: Variable): string {
    return this.#names.nameOf(variable)
  }

  helper(helper: HelperName): string {
    return this.#context.helper(helper)
  }

  element(buffer: Buffer, { affine, dynamic }: Address): ESTree.MemberExpression {
    const view = viewOf[buffer.dtype]
    this.#views.add(view)
    const innermost = this.#loops.at(-1)?.index
    const outer = affine.terms.filter(({ index }) => index !== innermost)
    const inner = affine.terms.filter(({ index }) => index === innermost)
    const base = this.#base(buffer)
    const start = outer.length > 0 ? this.#hoist(base, outer) : base
    const fixed = this.#sum(name(start), { offset: 0, terms: inner })
    return element(name(view), sum(dynamic ? sum(fixed, this.#value(dynamic)) : fixed, affine.offset))
  }

  affine(affine: Affine): ESTree.Expression {
    return this.#sum(undefined, affine)
  }

  #sum(start: ESTree.Expression | undefined, { offset, terms }: Affine): ESTree.Expression {
    let total = start
    for (const { index, stride } of terms) {
      const counter = name(this.#names.nameOf(index))
      const size = Math.abs(stride)
      const scaled = size === 1 ? counter : binary('*', number(size), counter)
      total = stride >= 0 ? sum(total, scaled) : total ? binary('-', total, scaled) : unary('-', scaled)
    }
    return sum(total, offset)
  }

  /** The name of `base` + `terms`, computed at the start of the innermost loop it depends on. */
  #hoist(base: string, terms: Affine['terms']): string {
    const depthOf = (index: LoopIndex): number => this.#loops.findIndex((loop) => loop.index === index)
    const sorted = [...terms].sort((a, b) => depthOf(a.index) - depthOf(b.index))
    const loop = this.#loops[depthOf(sorted.at(-1)!.index)]
    if (!loop) throw new InternalError(`kernel ${this.#kernel.name} uses a loop index outside its loop`)
    const indexNames = sorted.map(({ index }) => this.#names.nameOf(index))
    const key = `${base} ${sorted.map(({ stride }, i) => `${indexNames[i]}*${stride}`).join(' ')}`
    const known = loop.hoisted.get(key)
    if (known !== undefined) return known
    const variable = this.#names.fresh(`${base}_${indexNames.join('')}`)
    loop.hoisted.set(key, variable)
    loop.declarations.push(declare('const', variable, this.#sum(name(base), { offset: 0, terms: sorted })))
    return variable
  }

  /** The name of the index of a buffer's first element in its view. */
  #base(buffer: Buffer): string {
    const id = this.#names.nameOf(buffer)
    if (this.#based.has(buffer)) return id
    this.#based.add(buffer)
    const placement = this.#context.placementOf(buffer)
    const { byteSize } = dtypeInfo[buffer.dtype]
    let index: ESTree.Expression
    if (placement.kind === 'parameter') {
      this.#parameters.add(placement.position)
      index = binary('>>>', name(parameterName(placement.position)), number(Math.log2(byteSize)))
    } else {
      if (placement.byteOffset % byteSize !== 0)
        throw new InternalError(`buffer ${buffer.name} is not aligned to its elements`)
      index = number(placement.byteOffset / byteSize)
    }
    this.#bases.push(declare('const', id, index))
    return id
  }
}
