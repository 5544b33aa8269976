import type { FunctionDefinition, Instruction, Local, ValueType } from './module.ts'
import type { OpcodeName } from './opcodes.ts'
import { UniqueNames } from './unique-names.ts'

/** The four 32-bit words of a v128. */
export type Words = readonly [number, number, number, number]

/** Collects the instructions and locals of one function. Locals are numbers, parameters first. */
export class FunctionBuilder {
  private readonly name: string
  private readonly parameters: readonly Local[]
  private readonly locals: Local[] = []
  private readonly names = new UniqueNames()
  private readonly entry: Instruction[] = []
  private readonly body: Instruction[] = []
  private readonly free = new Map<ValueType, number[]>()
  private heading: string | undefined
  private readonly constants = new Map<string, number>()

  constructor(name: string, parameters: readonly Local[]) {
    this.name = name
    this.parameters = parameters.map((parameter) => ({ ...parameter, name: this.names.unique(parameter.name) }))
  }

  emit(op: OpcodeName, ...immediates: number[]): void {
    this.append({ op, immediates })
  }

  /** With a comment at the end of its line of text. */
  emitNoted(comment: string, op: OpcodeName, ...immediates: number[]): void {
    this.append({ op, immediates, comment })
  }

  open(op: 'loop' | 'if', names: { readonly label?: string; readonly comment?: string } = {}): void {
    this.append({ op, immediates: [], ...names })
  }

  /** Puts a line of comment above the next instruction. */
  headNext(heading: string): void {
    this.heading = heading
  }

  addLocal(name: string, type: ValueType): number {
    return this.parameters.length + this.locals.push({ name: this.names.unique(name), type }) - 1
  }

  /** Name and type of a local. */
  local(local: number): Local {
    return this.parameters[local] ?? this.locals[local - this.parameters.length]!
  }

  /** A local for a value in passing; `giveBack` makes it free for the next one. */
  borrow(type: ValueType): number {
    return this.free.get(type)?.pop() ?? this.addLocal(`${type}_temporary`, type)
  }

  giveBack(local: number, type: ValueType): void {
    const free = this.free.get(type)
    if (free) free.push(local)
    else this.free.set(type, [local])
  }

  /** A local that holds the vector from the function's entry on: engines rebuild a constant inside a loop on every pass. */
  constantLocal(words: Words, name: string): number {
    const key = words.map((word) => word >>> 0).join()
    const known = this.constants.get(key)
    if (known !== undefined) return known
    const local = this.addLocal(name, 'v128')
    this.constants.set(key, local)
    this.entry.push({ op: 'v128.const', immediates: words }, { op: 'local.set', immediates: [local] })
    return local
  }

  /** A local that is computed at the function's entry, from parameters. */
  entryLocal(name: string, code: readonly Instruction[]): number {
    const local = this.addLocal(name, 'i32')
    this.entry.push(...code, { op: 'local.set', immediates: [local] })
    return local
  }

  private append(instruction: Instruction): void {
    this.body.push(this.heading === undefined ? instruction : { ...instruction, heading: this.heading })
    this.heading = undefined
  }

  build(results: readonly ValueType[]): FunctionDefinition {
    const { name, parameters, locals } = this
    return { name, parameters, results, locals, body: [...this.entry, ...this.body] }
  }
}
