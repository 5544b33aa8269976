import type { Dtype } from '../../src/base/dtype.ts'
import { GryphError } from '../../src/base/errors.ts'
import { elementCount, type Shape, type TensorType } from '../../src/base/shape.ts'
import { graphInterpreter } from '../../src/ir/builder.ts'
import { withInterpreter, type Value } from '../../src/ops/interpreter.ts'
import { inferType, recordOf } from '../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { namedCalls, type CallName } from './named-calls.ts'
import type { AssignStep, Flavour, Goal, InputStep, Step } from './program.ts'
import type { Random } from './random.ts'

const sizes = [1, 1, 2, 2, 3, 3, 4, 5, 7, 8, 10, 12, 13, 16, 17, 24, 31, 33, 64, 100, 129, 131, 257]
const largeSizes = [1023, 1024, 1025, 1031, 2049, 4099]
const maximumElements = 20_000
const maximumProducts = 400_000
const constants = [0, -0, 1, -1, 2, 0.5, -4, 3, 1e-3, NaN, Infinity]

/** A program while it is drawn: steps with the types of their values. */
export class Draft {
  readonly steps: Step[] = []
  readonly types: (TensorType | undefined)[] = []
  readonly random: Random
  /** Whether indices may be out of range in the last call. */
  readonly canFail: boolean
  readonly #canAssign: boolean
  /** Every second program is about values of one shape and what broadcasts with it, so that long chains fuse. */
  readonly #base: Shape | undefined
  /** States whose elements a value may show, being a view of them. */
  readonly #shows: (number | undefined)[] = []
  readonly #stale = new Set<number>()

  constructor(random: Random, goal: Goal) {
    this.random = random
    this.canFail = goal === 'values'
    this.#canAssign = goal === 'values'
    this.#base = random.chance(0.5) ? this.shape(3000) : undefined
  }

  get isUniform(): boolean {
    return this.#base !== undefined
  }

  /** A shape of rank 0 to 4 with at most `limit` elements. */
  shape(limit = maximumElements): Shape {
    const { random } = this
    if (this.#base && random.chance(0.9)) {
      const choice = random.below(10)
      if (choice < 6) return this.#base
      return choice < 8
        ? this.#base.map((size) => (random.chance(0.5) ? 1 : size))
        : this.#base.slice(random.below(this.#base.length + 1))
    }
    const shape = Array.from({ length: random.pick([0, 1, 1, 2, 2, 2, 3, 3, 4]) }, () => this.size())
    for (let axis = 0; elementCount(shape) > limit; axis++)
      shape[axis % shape.length] = Math.min(shape[axis % shape.length]!, random.pick([1, 2, 3, 5]))
    return shape
  }

  size(): number {
    const { random } = this
    if (random.chance(0.02)) return 0
    return random.pick(random.chance(0.06) ? largeSizes : sizes)
  }

  /** A new argument, capture, state or constant of this type. */
  fresh(dtype: Dtype, shape: Shape): number {
    const { random } = this
    if (shape.length === 0 && random.chance(0.5)) return this.constant(dtype)
    if (random.chance(0.1)) {
      const one = this.constant(dtype)
      return this.op('broadcastTo', [one], { shape }) ?? one
    }
    const kind = random.pick(['argument', 'argument', 'capture', 'state', 'state'] as const)
    return this.input(kind, { dtype, shape }, random.pick(['ordinary', 'ordinary', 'special', 'whole']))
  }

  input(kind: InputStep['kind'], type: TensorType, flavour: Flavour): number {
    const lies =
      kind === 'state'
        ? 'row-major'
        : this.random.pick(['row-major', 'row-major', 'row-major', 'transposed', 'backwards'] as const)
    return this.#add({ kind, type, flavour, seed: this.random.below(1e6), lies }, type)
  }

  constant(dtype: Dtype): number {
    const value = this.random.pick(constants)
    const whole =
      dtype === 'float32' || dtype === 'float64'
        ? value
        : dtype === 'bool'
          ? Number(value > 0)
          : Number.isFinite(value)
            ? Math.abs(Math.trunc(value))
            : 5
    return this.#add(
      { kind: 'constant', value: dtype === 'float32' ? Math.fround(whole) : whole, dtype },
      { dtype, shape: [] },
    )
  }

  number(): number {
    return this.#add({ kind: 'number', seed: this.random.below(1e6) }, undefined)
  }

  /** The position of the op's value; undefined where the op refuses the operands or it would be too much work. */
  op(op: OpName, operands: readonly number[], attrs: Attrs = {}): number | undefined {
    const types = operands.map((operand) => this.typeOf(operand))
    try {
      const type = inferType(op, types, attrs)
      const products =
        recordOf(op).kind === 'contraction'
          ? elementCount(type.shape) *
            (op === 'matmul' ? types[0]!.shape.at(-1)! : elementCount(types[1]!.shape.slice(1)))
          : 0
      if (elementCount(type.shape) > maximumElements || products > maximumProducts) return undefined
      const shown = recordOf(op).kind === 'view' ? this.#stateShownBy(operands[0]!) : undefined
      return this.#add({ kind: 'op', op, operands, attrs }, type, shown)
    } catch (error) {
      if (error instanceof GryphError) return undefined
      throw error
    }
  }

  call(call: CallName, operands: readonly number[], axis?: number): number | undefined {
    const values = operands.map((operand): Value | number => {
      const step = this.steps[operand]!
      return step.kind === 'number'
        ? step.seed % 2 === 0
          ? 2
          : 0.5
        : ({ type: this.typeOf(operand), op: 'input', role: 'argument', name: 'x' } as Value)
    })
    try {
      const apply = namedCalls[call] as (...given: unknown[]) => Value // operands are checked by the call
      const { type } = withInterpreter(graphInterpreter, () => apply(...values, ...(axis === undefined ? [] : [axis])))
      const shown = operands.length === 1 ? this.#stateShownBy(operands[0]!) : undefined
      return this.#add({ kind: 'call', call, operands, ...(axis === undefined ? {} : { axis }) }, type, shown)
    } catch (error) {
      if (error instanceof GryphError) return undefined
      throw error
    }
  }

  assign(state: number, value: number, how: Pick<AssignStep, 'method' | 'place'> = {}): void {
    if (!this.#canAssign) return
    this.#add({ kind: 'assign', state, value, ...how }, undefined)
    this.#shows.forEach((shown, i) => {
      if (shown === state) this.#stale.add(i)
    })
  }

  typeOf(value: number): TensorType {
    return this.types[value]!
  }

  /** Whether a value can be used: it has one, and does not show a state that was replaced since. */
  isUsable(value: number): boolean {
    return this.types[value] !== undefined && !this.#stale.has(value)
  }

  /** A usable value for which `fits`, recent ones more likely. */
  find(fits: (type: TensorType, value: number) => boolean): number | undefined {
    const count = this.steps.length
    if (count === 0) return undefined
    const from = count - 1 - this.random.below(this.random.chance(0.3) ? count : Math.min(count, 5))
    for (let i = 0; i < count; i++) {
      const value = (from - i + count) % count
      if (this.isUsable(value) && fits(this.typeOf(value), value)) return value
    }
    return undefined
  }

  /** A value of one of these dtypes, old or new. */
  any(dtypes: readonly Dtype[], fits: (type: TensorType) => boolean = () => true): number {
    const { random } = this
    const base = this.#base
    if (base && random.chance(0.6)) {
      const alike = this.find(
        (type) =>
          (type.dtype === 'float32' || random.chance(0.1)) &&
          dtypes.includes(type.dtype) &&
          fits(type) &&
          type.shape.join() === base.join(),
      )
      if (alike !== undefined) return alike
    }
    const found = random.chance(this.#base ? 0.05 : 0.12)
      ? undefined
      : this.find((type) => dtypes.includes(type.dtype) && fits(type))
    if (found !== undefined) return found
    // float32 twice: most programs are about it.
    const dtype = dtypes.includes('float32') && random.chance(0.5) ? 'float32' : random.pick(dtypes)
    return this.fresh(dtype, this.shape())
  }

  #stateShownBy(operand: number): number | undefined {
    return this.steps[operand]!.kind === 'state' ? operand : this.#shows[operand]
  }

  #add(step: Step, type: TensorType | undefined, shown?: number): number {
    this.steps.push(step)
    this.types.push(type)
    this.#shows.push(shown)
    return this.steps.length - 1
  }
}
