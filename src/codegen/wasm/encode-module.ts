import { ByteWriter } from './byte-writer.ts'
import type { FunctionDefinition, FunctionType, Instruction, Local, ValueType, WasmModule } from './module.ts'
import { functionTypeOf } from './module.ts'
import type { Opcode } from './opcodes.ts'
import { opcodes } from './opcodes.ts'

const valueTypeBytes: { readonly [T in ValueType]: number } = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b }
const section = { custom: 0, types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const
const external = { function: 0, memory: 2 } as const
const emptyBlock = 0x40
const functionNames = 1

/** The module in the binary format, with a name section that holds the functions' names for stack traces and profiles. */
export function encodeModule(module: WasmModule): Uint8Array<ArrayBuffer> {
  const types = new TypeTable()
  const importedTypes = module.importedFunctions.map((imported) => types.indexOf(imported.type))
  const definedTypes = module.functions.map((definition) => types.indexOf(functionTypeOf(definition)))

  const writer = new ByteWriter()
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) writer.byte(byte)
  const writeSection = (id: number, write: (contents: ByteWriter) => void): void => {
    const contents = new ByteWriter()
    write(contents)
    writer.byte(id)
    writer.sized(contents)
  }

  /** A list of no items has no section. */
  const writeList = <T>(id: number, items: readonly T[], write: (out: ByteWriter, item: T) => void): void => {
    if (items.length > 0) writeSection(id, (out) => out.vector(items, (item) => write(out, item)))
  }

  writeList(section.types, types.all, writeFunctionType)
  writeSection(section.imports, (out) => writeImports(out, module, importedTypes))
  writeList(section.functions, definedTypes, (out, type) => out.unsigned(type))
  writeList(section.exports, module.exports, (out, exported) => {
    out.text(exported.name)
    out.byte(external.function)
    out.unsigned(exported.functionIndex)
  })
  writeList(section.code, module.functions, (out, definition) => {
    const body = new ByteWriter()
    writeBody(body, definition)
    out.sized(body)
  })
  writeSection(section.custom, (out) => {
    out.text('name')
    out.byte(functionNames)
    const names = new ByteWriter()
    names.vector([...module.functions.entries()], ([position, definition]) => {
      names.unsigned(module.importedFunctions.length + position)
      names.text(definition.name)
    })
    out.sized(names)
  })
  return writer.bytes
}

/** Function types by number; equal types share one. */
class TypeTable {
  readonly all: FunctionType[] = []
  private readonly positions = new Map<string, number>()

  indexOf(type: FunctionType): number {
    const key = `${type.parameters.join(' ')} -> ${type.results.join(' ')}`
    const known = this.positions.get(key)
    if (known !== undefined) return known
    this.positions.set(key, this.all.length)
    return this.all.push(type) - 1
  }
}

function writeFunctionType(out: ByteWriter, type: FunctionType): void {
  out.byte(0x60)
  out.vector(type.parameters, (valueType) => out.byte(valueTypeBytes[valueType]))
  out.vector(type.results, (valueType) => out.byte(valueTypeBytes[valueType]))
}

function writeImports(out: ByteWriter, module: WasmModule, importedTypes: readonly number[]): void {
  const { memory } = module
  out.unsigned(1 + module.importedFunctions.length)
  out.text(memory.module)
  out.text(memory.name)
  out.byte(external.memory)
  out.byte((memory.maximumPages === undefined ? 0 : 1) | (memory.shared ? 2 : 0))
  out.unsigned(memory.minimumPages)
  if (memory.maximumPages !== undefined) out.unsigned(memory.maximumPages)
  module.importedFunctions.forEach((imported, position) => {
    out.text(imported.module)
    out.text(imported.name)
    out.byte(external.function)
    out.unsigned(importedTypes[position]!)
  })
}

function writeBody(out: ByteWriter, definition: FunctionDefinition): void {
  out.vector(runsOf(definition.locals), ({ type, count }) => {
    out.unsigned(count)
    out.byte(valueTypeBytes[type])
  })
  for (const instruction of definition.body) writeInstruction(out, instruction)
  out.byte(opcodes.end.code)
}

/** Neighbouring locals of one type are declared together. */
function runsOf(locals: readonly Local[]): { type: ValueType; count: number }[] {
  const runs: { type: ValueType; count: number }[] = []
  for (const { type } of locals) {
    const last = runs.at(-1)
    if (last?.type === type) last.count++
    else runs.push({ type, count: 1 })
  }
  return runs
}

/** Runs before the engine has compiled it, thousands of times in a program's first call: hence the plain loops. */
function writeInstruction(out: ByteWriter, { op, immediates }: Instruction): void {
  const opcode: Opcode = opcodes[op]
  if (opcode.prefix === undefined) out.byte(opcode.code)
  else {
    out.byte(opcode.prefix)
    out.unsigned(opcode.code)
  }
  switch (opcode.immediates) {
    case 'none':
      return
    case 'block':
      return out.byte(emptyBlock)
    case 'i32':
    case 'i64':
      return out.signed(immediates[0]!)
    case 'f32':
      return out.float32(immediates[0]!)
    case 'f64':
      return out.float64(immediates[0]!)
    case 'v128':
      for (let i = 0; i < 4; i++) out.word(immediates[i]!)
      return
    case 'memory':
    case 'memoryLane':
      out.unsigned(opcode.alignment)
  }
  for (let i = 0; i < immediates.length; i++) out.unsigned(immediates[i]!)
}
