import type { GraphInput } from '../ir/graph.ts'
import type { Value } from '../ops/interpreter.ts'
import type { Touched } from './sum.ts'

/** Makes inputs for a region, with names that none of `taken` has. */
export class InputMaker {
  readonly #taken: Set<string>

  constructor(taken: readonly GraphInput[]) {
    this.#taken = new Set(taken.map(({ name }) => name))
  }

  make(name: string, { dtype, shape }: Value['type']): GraphInput {
    let free = name
    for (let i = 1; this.#taken.has(free); i++) free = `${name}_${i}`
    this.#taken.add(free)
    return { op: 'input', role: 'argument', name: free, type: { dtype, shape } }
  }
}

/** What the outside gives a region of a gradient: values there, and inputs by which regions read them. */
export class Given {
  operands: readonly Value[] = []
  inputs: readonly GraphInput[] = []
  readonly #names: InputMaker

  constructor(names: InputMaker) {
    this.#names = names
  }

  add(name: string, value: Value): GraphInput {
    const input = this.#names.make(name, value.type)
    this.operands = [...this.operands, value]
    this.inputs = [...this.inputs, input]
    return input
  }

  /** Takes back what no region reads. */
  keep(isRead: (input: GraphInput) => boolean): void {
    this.operands = this.operands.filter((_, i) => isRead(this.inputs[i]!))
    this.inputs = this.inputs.filter(isRead)
  }

  /** A flag that is known stays known. */
  addFlag(name: string, touched: Touched): Touched {
    return typeof touched === 'boolean' ? touched : this.add(name, touched)
  }
}
