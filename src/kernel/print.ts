import { dtypeInfo } from '../base/dtype.ts'
import type { Address, Affine, BinaryOp, Buffer, CompareOp, Expr, Kernel, RegisterType, Statement } from './ir.ts'
import { NameTable } from './names.ts'

/** The kernel as text, the same on every run. */
export function printKernel(kernel: Kernel): string {
  const printer = new KernelPrinter()
  return [
    ...kernel.sources.map((source) => `// ${source}`),
    `kernel ${kernel.name} {`,
    ...(['reads', 'writes', 'scratch'] as const)
      .filter((list) => kernel[list].length > 0)
      .map((list) => `  ${list} ${kernel[list].map((buffer) => printer.declare(buffer)).join(', ')}`),
    '',
    ...kernel.body.flatMap((statement) => printer.lines(statement, '  ')),
    '}',
    '',
  ].join('\n')
}

/** One statement as it stands in the text of its kernel; of a loop, the head. */
export function printStatement(kernel: Kernel, statement: Statement): string {
  const printer = new KernelPrinter()
  for (const buffer of [...kernel.reads, ...kernel.writes, ...kernel.scratch]) printer.declare(buffer)
  for (const earlier of kernel.body) printer.lines(earlier, '')
  return printer.lines(statement, '')[0]!
}

export const typeText = ({ scalar, lanes }: RegisterType): string => (lanes === 1 ? scalar : `${scalar}x${lanes}`)

const infix: { readonly [Op in BinaryOp | CompareOp]?: readonly [symbol: string, precedence: number] } = {
  or: ['|', 1],
  xor: ['^', 2],
  and: ['&', 3],
  eq: ['==', 4],
  ne: ['!=', 4],
  lt: ['<', 5],
  le: ['<=', 5],
  gt: ['>', 5],
  ge: ['>=', 5],
  shl: ['<<', 6],
  shrS: ['>>', 6],
  shrU: ['>>>', 6],
  add: ['+', 7],
  sub: ['-', 7],
  mul: ['*', 8],
  div: ['/', 8],
}
const prefixPrecedence = 9

class KernelPrinter {
  readonly #names = new NameTable()

  declare(buffer: Buffer): string {
    return `${this.#names.nameOf(buffer)}: ${dtypeInfo[buffer.dtype].short}[${buffer.elementCount}]`
  }

  lines(statement: Statement, indent: string): string[] {
    switch (statement.kind) {
      case 'loop': {
        const step = statement.step === 1 ? '' : ` step ${statement.step}`
        const body = statement.body.flatMap((inner) => this.lines(inner, `${indent}  `))
        return [
          `${indent}${statement.parallel ? 'parallel ' : ''}for ${this.#names.nameOf(statement.index)} in 0..${statement.extent}${step} {`,
          ...body,
          `${indent}}`,
        ]
      }
      case 'store': {
        const { buffer, at, value, laneStride, count } = statement
        return [`${indent}${this.#element(buffer, at, value.type.lanes, laneStride, count)} = ${this.#expr(value, 0)}`]
      }
      case 'let': {
        const { variable, value } = statement
        return [`${indent}let ${this.#names.nameOf(variable)}: ${typeText(variable.type)} = ${this.#expr(value, 0)}`]
      }
      case 'assign':
        return [`${indent}${this.#names.nameOf(statement.variable)} = ${this.#expr(statement.value, 0)}`]
      case 'check': {
        const lanes = statement.count === undefined ? '' : ` in ${statement.count} of ${statement.ok.type.lanes} lanes`
        return [
          `${indent}check ${this.#expr(statement.ok, 0)}${lanes} else site ${statement.site} reports ${this.#expr(statement.value, 0)}`,
        ]
      }
      case 'barrier':
        return [`${indent}barrier`]
      case 'comment':
        return [`${indent}// ${statement.text}`]
    }
  }

  /** Operators bind as tightly as `context` or get parentheses. */
  #expr(expr: Expr, context: number): string {
    switch (expr.kind) {
      case 'constant':
        return constantText(expr.value, context)
      case 'indexValue':
        return `index(${this.#affine(expr.affine)}${laneText(expr.type.lanes, expr.laneStride)})`
      case 'laneMask':
        return `lanes(${expr.count} of ${expr.type.lanes})`
      case 'load':
        return this.#element(expr.buffer, expr.at, expr.type.lanes, expr.laneStride, expr.valid)
      case 'read':
        return this.#names.nameOf(expr.variable)
      case 'unary':
        if (expr.op === 'neg') return `-${this.#expr(expr.x, prefixPrecedence)}`
        if (expr.op === 'not') return `!${this.#expr(expr.x, prefixPrecedence)}`
        return this.#call(expr.op, expr.x)
      case 'binary':
      case 'compare': {
        const [symbol, precedence] = infix[expr.op] ?? []
        if (symbol === undefined || precedence === undefined) return this.#call(expr.op, expr.a, expr.b)
        const text = `${this.#expr(expr.a, precedence)} ${symbol} ${this.#expr(expr.b, precedence + 1)}`
        return precedence < context ? `(${text})` : text
      }
      case 'select':
        return this.#call('select', expr.condition, expr.a, expr.b)
      case 'convert':
        return this.#call(expr.op, expr.x)
      case 'fma':
        return this.#call('fma', expr.a, expr.b, expr.c)
      case 'lane':
        return `lane(${this.#expr(expr.x, 0)}, ${expr.lane})`
      case 'splat':
        return `splat(${this.#expr(expr.x, 0)} : ${expr.type.lanes})`
      case 'shuffle':
        return `shuffle(${this.#expr(expr.a, 0)}, ${this.#expr(expr.b, 0)}; ${expr.pick.join(' ')})`
      case 'makeF64':
        return this.#call('makeF64', expr.high, expr.low)
      case 'host':
        return this.#call(`Math.${expr.fn}`, ...expr.args)
    }
  }

  #call(name: string, ...args: readonly Expr[]): string {
    return `${name}(${args.map((arg) => this.#expr(arg, 0)).join(', ')})`
  }

  #element(buffer: Buffer, { affine, dynamic }: Address, lanes: number, laneStride: number, count = lanes): string {
    const isGather = dynamic !== undefined && dynamic.type.lanes > 1
    const fixed = dynamic && affine.offset === 0 && affine.terms.length === 0 ? [] : [this.#affine(affine)]
    const place = [...fixed, ...(dynamic ? [this.#expr(dynamic, 8)] : [])].join(' + ')
    const name = this.#names.nameOf(buffer)
    if (lanes > 1 && laneStride === 0 && !isGather && count === lanes) return `${name}[${place}]...`
    return `${name}[${place}${isGather ? laneText(lanes, 1, count) : laneText(lanes, laneStride, count)}]`
  }

  #affine({ offset, terms }: Affine): string {
    const parts = terms.map(({ index, stride }) => {
      const scale = Math.abs(stride) === 1 ? '' : `${Math.abs(stride)}*`
      return { isNegative: stride < 0, text: `${scale}${this.#names.nameOf(index)}` }
    })
    if (offset !== 0 || parts.length === 0) parts.push({ isNegative: offset < 0, text: `${Math.abs(offset)}` })
    return parts
      .map(({ isNegative, text }, i) =>
        i === 0 ? (isNegative ? `-${text}` : text) : `${isNegative ? ' - ' : ' + '}${text}`,
      )
      .join('')
  }
}

/** ` : 4` contiguous, ` : 4 by 8` strided, ` : 3 of 4` with lanes that do not matter. */
function laneText(lanes: number, laneStride: number, count = lanes): string {
  if (lanes === 1 && count === 1) return ''
  return ` : ${count === lanes ? lanes : `${count} of ${lanes}`}${laneStride === 1 ? '' : ` by ${laneStride}`}`
}

function constantText(value: number, context: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.startsWith('-') && context > 0 ? `(${text})` : text
}
