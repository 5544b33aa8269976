import type { TypedArray } from '../../src/base/dtype.ts'
import type {
  Address,
  Affine,
  BinaryOp,
  Buffer,
  CompareOp,
  ConvertOp,
  Expr,
  Kernel,
  LoopIndex,
  RegisterType,
  Scalar,
  Statement,
  UnaryOp,
  Variable,
} from '../../src/kernel/ir.ts'
import { exactFma } from './exact-arithmetic.ts'

/** Memory may be any array of numbers of the buffer's element type; uint8 and bool are bytes. */
export type Memory = ReadonlyMap<Buffer, TypedArray>
export interface InterpreterOptions {
  readonly fma: 'fused' | 'separate'
}
export interface FailedCheck {
  readonly site: number
  readonly value: number
}

/** One number per lane; bool is 0 or 1. */
type Value = readonly number[]

/**
 * Carries out a kernel one lane at a time, straight from the definition of the kernel IR. It shares nothing with the back ends.
 * Reading a lane that must not matter gives a number that is easily noticed.
 */
export function runKernel(kernel: Kernel, memory: Memory, options: InterpreterOptions): FailedCheck | undefined {
  return new Interpreter(memory, options).body(kernel.body)
}

class Interpreter {
  readonly #memory: Memory
  readonly #options: InterpreterOptions
  readonly #variables = new Map<Variable, Value>()
  readonly #indices = new Map<LoopIndex, number>()

  constructor(memory: Memory, options: InterpreterOptions) {
    this.#memory = memory
    this.#options = options
  }

  body(body: readonly Statement[]): FailedCheck | undefined {
    for (const statement of body) {
      const failed = this.#statement(statement)
      if (failed) return failed
    }
    return undefined
  }

  #statement(statement: Statement): FailedCheck | undefined {
    switch (statement.kind) {
      case 'loop':
        for (let i = 0; i < statement.extent; i += statement.step) {
          this.#indices.set(statement.index, i)
          const failed = this.body(statement.body)
          if (failed) return failed
        }
        this.#indices.delete(statement.index)
        return undefined
      case 'let':
      case 'assign':
        this.#variables.set(statement.variable, this.#value(statement.value))
        return undefined
      case 'store': {
        const value = this.#value(statement.value)
        for (let lane = 0; lane < (statement.count ?? value.length); lane++) {
          const position = this.#position(statement.at, lane, statement.laneStride)
          this.#elements(statement.buffer, position)[position] = value[lane]!
        }
        return undefined
      }
      case 'check': {
        const ok = this.#value(statement.ok)
        const value = this.#value(statement.value)
        for (let lane = 0; lane < (statement.count ?? ok.length); lane++) {
          if (!ok[lane]) return { site: statement.site, value: value[value.length > 1 ? lane : 0]! }
        }
        return undefined
      }
      case 'barrier':
      case 'comment':
        return undefined
    }
  }

  #elements(buffer: Buffer, position: number): TypedArray {
    const elements = this.#memory.get(buffer)
    if (!elements) throw new Error(`no memory for ${buffer.name}`)
    if (!Number.isInteger(position) || position < 0 || position >= elements.length)
      throw new Error(`${buffer.name}[${position}] is outside`)
    return elements
  }

  #affine({ offset, terms }: Affine): number {
    return terms.reduce((sum, { index, stride }) => {
      const value = this.#indices.get(index)
      if (value === undefined) throw new Error(`${index.name} is used outside its loop`)
      return sum + value * stride
    }, offset)
  }

  #position({ affine, dynamic }: Address, lane: number, laneStride: number): number {
    const fixed = this.#affine(affine)
    if (!dynamic) return fixed + lane * laneStride
    const computed = this.#value(dynamic)
    return computed.length > 1 ? fixed + computed[lane]! : fixed + computed[0]! + lane * laneStride
  }

  #value(expr: Expr): Value {
    const { scalar, lanes } = expr.type
    const perLane = (of: (lane: number) => number): Value => Array.from({ length: lanes }, (_, lane) => of(lane))
    const map = (operands: readonly Expr[], of: (...values: number[]) => number): Value => {
      const values = operands.map((operand) => this.#value(operand))
      return perLane((lane) => of(...values.map((value) => value[value.length > 1 ? lane : 0]!)))
    }
    switch (expr.kind) {
      case 'constant':
        return perLane(() => fit(expr.value, scalar))
      case 'indexValue':
        return perLane((lane) => fit(this.#affine(expr.affine) + lane * expr.laneStride, 'i32'))
      case 'laneMask':
        return perLane((lane) => (lane < expr.count ? 1 : 0))
      case 'load':
        return perLane((lane) => {
          if (lane >= (expr.valid ?? lanes)) return poison(expr.type)
          const position = this.#position(expr.at, lane, expr.laneStride)
          return this.#elements(expr.buffer, position)[position]!
        })
      case 'read': {
        const value = this.#variables.get(expr.variable)
        if (!value) throw new Error(`${expr.variable.name} is read before it is bound`)
        return value
      }
      case 'unary':
        return map([expr.x], (x) => fit(unaryOf[expr.op](x), scalar))
      case 'binary':
        return map([expr.a, expr.b], (a, b) => fit(binaryOf(expr.op, scalar, a, b), scalar))
      case 'compare':
        return map([expr.a, expr.b], (a, b) => (compareOf[expr.op](a, b) ? 1 : 0))
      case 'select':
        return map([expr.condition, expr.a, expr.b], (condition, a, b) => (condition ? a : b))
      case 'convert':
        return map([expr.x], convertOf[expr.op])
      case 'fma':
        if (scalar !== 'f32' && scalar !== 'f64') throw new Error(`fma of ${scalar}`)
        return map([expr.a, expr.b, expr.c], (a, b, c) =>
          this.#options.fma === 'fused' ? exactFma(a, b, c, scalar) : fit(fit(a * b, scalar) + c, scalar),
        )
      case 'lane':
        return [this.#value(expr.x)[expr.lane]!]
      case 'splat':
        return map([expr.x], (x) => x)
      case 'shuffle': {
        const values = [...this.#value(expr.a), ...this.#value(expr.b)]
        return expr.pick.map((lane) => values[lane]!)
      }
      case 'makeF64':
        return map([expr.high, expr.low], (high, low) => {
          bits.setInt32(0, high)
          bits.setInt32(4, low)
          return bits.getFloat64(0)
        })
      case 'host':
        return map(expr.args, (...args) => (Math[expr.fn] as (...args: number[]) => number)(...args)) // pow takes two
    }
  }
}

const bits = new DataView(new ArrayBuffer(8))

function poison({ scalar }: RegisterType): number {
  if (scalar === 'bool') return 1
  return scalar === 'i32' ? 0x5bad5bad : NaN
}

/** The number as its register holds it. */
function fit(x: number, scalar: Scalar): number {
  switch (scalar) {
    case 'f32':
      return Math.fround(x)
    case 'f64':
      return x
    case 'i32':
      return Number(BigInt.asIntN(32, BigInt(x)))
    case 'bool':
      return x ? 1 : 0
  }
}

const unaryOf: { readonly [Op in UnaryOp]: (x: number) => number } = {
  neg: (x) => -x,
  abs: (x) => Math.abs(x),
  sqrt: (x) => Math.sqrt(x),
  floor: (x) => Math.floor(x),
  not: (x) => 1 - x,
}

function binaryOf(op: BinaryOp, scalar: Scalar, a: number, b: number): number {
  switch (op) {
    case 'add':
      return a + b
    case 'sub':
      return a - b
    case 'mul':
      return scalar === 'i32' ? Number(BigInt.asIntN(32, BigInt(a) * BigInt(b))) : a * b
    case 'div':
      return a / b
    case 'pmin':
      return b < a ? b : a
    case 'pmax':
      return a < b ? b : a
    case 'and':
      return a & b
    case 'or':
      return a | b
    case 'xor':
      return a ^ b
    case 'shl':
      return a << (b & 31)
    case 'shrS':
      return a >> (b & 31)
    case 'shrU':
      return a >>> (b & 31)
    case 'remU':
      return Number(BigInt.asUintN(32, BigInt(a)) % BigInt.asUintN(32, BigInt(b)))
    case 'divS':
      return Number(BigInt(a) / BigInt(b))
  }
}

const compareOf: { readonly [Op in CompareOp]: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  ltU: (a, b) => BigInt.asUintN(32, BigInt(a)) < BigInt.asUintN(32, BigInt(b)),
}

const saturate = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(Math.max(x, -2147483648), 2147483647)) + 0
const convertOf: { readonly [Op in ConvertOp]: (x: number) => number } = {
  f32ToF64: (x) => x,
  f64ToF32: (x) => Math.fround(x),
  i32ToF32: (x) => Math.fround(x),
  i32ToF64: (x) => x,
  u32ToF32: (x) => Math.fround(Number(BigInt.asUintN(32, BigInt(x)))),
  u32ToF64: (x) => Number(BigInt.asUintN(32, BigInt(x))),
  f32ToI32: saturate,
  f64ToI32: saturate,
  boolToI32: (x) => x,
  boolToF32: (x) => x,
  boolToF64: (x) => x,
  bitsF32ToI32: (x) => (bits.setFloat32(0, x), bits.getInt32(0)),
  bitsI32ToF32: (x) => (bits.setInt32(0, x), bits.getFloat32(0)),
  highWordF64: (x) => (bits.setFloat64(0, x), bits.getInt32(0)),
  lowWordF64: (x) => (bits.setFloat64(0, x), bits.getInt32(4)),
}
