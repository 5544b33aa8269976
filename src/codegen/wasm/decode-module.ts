import { ByteReader } from './byte-reader.ts'
import type {
  FunctionDefinition,
  FunctionType,
  ImportedFunction,
  Instruction,
  Local,
  MemoryImport,
  ValueType,
  WasmModule,
} from './module.ts'
import { opcodes, type ImmediateKind, type Opcode, type OpcodeName } from './opcodes.ts'

const valueTypes: Readonly<Record<number, ValueType>> = {
  0x7f: 'i32',
  0x7e: 'i64',
  0x7d: 'f32',
  0x7c: 'f64',
  0x7b: 'v128',
}
const byCode = new Map(
  Object.entries(opcodes).map(([name, { prefix, code }]) => [`${prefix ?? 0} ${code}`, name as OpcodeName]), // keys of the table
)
const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** A module that `encodeModule` has written, as data again: names of locals and comments are lost. @throws DecodeFault for any other bytes */
export function decodeModule(bytes: Uint8Array): WasmModule {
  const reader = new ByteReader(bytes)
  for (const byte of header) if (reader.byte() !== byte) throw reader.fault('this is no WebAssembly module')
  let types: FunctionType[] = []
  let memory: MemoryImport | undefined
  const importedFunctions: ImportedFunction[] = []
  let defined: FunctionType[] = []
  let exports: WasmModule['exports'] = []
  // Each local that is declared is used: together they are no more than the bytes.
  const budget = { locals: bytes.length }
  let bodies: Omit<FunctionDefinition, 'name' | 'results'>[] = []
  const names = new Map<number, string>()
  const typeAt = (from: ByteReader): FunctionType => types[from.unsigned()] ?? fail(from, 'a type that there is not')
  while (!reader.isAtEnd) {
    const id = reader.byte()
    const section = reader.part()
    if (id === 1) types = section.vector(() => readType(section))
    else if (id === 2)
      section.vector(() => {
        const [module, name] = [section.text(), section.text()]
        if (section.byte() === 2) memory = { module, name, ...readLimits(section) }
        else importedFunctions.push({ module, name, type: typeAt(section) })
      })
    else if (id === 3) defined = section.vector(() => typeAt(section))
    else if (id === 7)
      exports = section.vector(() => {
        const name = section.text()
        if (section.byte() !== 0) throw section.fault('an export that is no function')
        return { name, functionIndex: section.unsigned() }
      })
    else if (id === 10)
      bodies = section
        .vector(() => section.part())
        .map((body, i) => readBody(body, defined[i] ?? fail(section, 'a body without a type'), budget))
    else if (id === 0 && section.text() === 'name') readNames(section, names)
    else if (id !== 0) throw section.fault(`a section of kind ${id}`)
  }
  if (!memory || bodies.length !== defined.length) throw reader.fault('a module without memory, or without all bodies')
  const functions = bodies.map((body, i) => ({
    ...body,
    name: names.get(importedFunctions.length + i) ?? `f${i}`,
    results: defined[i]!.results,
  }))
  return { memory, importedFunctions, functions, exports }
}

function fail(reader: ByteReader, message: string): never {
  throw reader.fault(message)
}

function readType(reader: ByteReader): FunctionType {
  if (reader.byte() !== 0x60) throw reader.fault('a type that is no function type')
  const types = (): ValueType[] => reader.vector(() => valueTypes[reader.byte()] ?? fail(reader, 'an unknown type'))
  return { parameters: types(), results: types() }
}

function readLimits(reader: ByteReader): Omit<MemoryImport, 'module' | 'name'> {
  const flags = reader.byte()
  const minimumPages = reader.unsigned()
  return {
    minimumPages,
    ...(flags & 1 ? { maximumPages: reader.unsigned() } : {}),
    ...(flags & 2 ? { shared: true } : {}),
  }
}

function readNames(reader: ByteReader, names: Map<number, string>): void {
  while (!reader.isAtEnd) {
    const kind = reader.byte()
    const part = reader.part()
    if (kind === 1) part.vector(() => names.set(part.unsigned(), part.text()))
  }
}

function readBody(
  reader: ByteReader,
  { parameters }: FunctionType,
  budget: { locals: number },
): Omit<FunctionDefinition, 'name' | 'results'> {
  const local = (type: ValueType, position: number): Local => ({ name: `l${position}`, type })
  const given = parameters.map(local)
  const locals: Local[] = []
  reader.vector(() => {
    const count = reader.unsigned()
    const type = valueTypes[reader.byte()] ?? fail(reader, 'an unknown type')
    budget.locals -= count
    if (budget.locals < 0) throw reader.fault('too many locals')
    for (let i = 0; i < count; i++) locals.push(local(type, given.length + locals.length))
  })
  const body: Instruction[] = []
  while (!reader.isAtEnd) body.push(readInstruction(reader))
  if (body.pop()?.op !== 'end') throw reader.fault('a function that does not end')
  return { parameters: given, locals, body }
}

function readInstruction(reader: ByteReader): Instruction {
  const first = reader.byte()
  const isPrefix = first >= 0xfc
  const op =
    byCode.get(isPrefix ? `${first} ${reader.unsigned()}` : `0 ${first}`) ?? fail(reader, 'an unknown instruction')
  const opcode: Opcode = opcodes[op]
  return { op, immediates: readImmediates[opcode.immediates](reader) }
}

const unsigned = (reader: ByteReader): number[] => [reader.unsigned()]
const signed = (reader: ByteReader): number[] => [reader.signed()]
const times = (count: number, read: () => number): number[] => Array.from({ length: count }, read)
/** After the alignment, which the opcode says. */
function memoryOffset(reader: ByteReader): number[] {
  reader.unsigned()
  return [reader.unsigned()]
}

const readImmediates: { readonly [K in ImmediateKind]: (reader: ByteReader) => number[] } = {
  none: () => [],
  block(reader) {
    reader.byte()
    return []
  },
  label: unsigned,
  local: unsigned,
  function: unsigned,
  memory: memoryOffset,
  memoryLane: (reader) => [...memoryOffset(reader), reader.unsigned()],
  lane: unsigned,
  lanes: (reader) => times(16, () => reader.unsigned()),
  i32: signed,
  i64: signed,
  f32: (reader) => [reader.float32()],
  f64: (reader) => [reader.float64()],
  v128: (reader) => times(4, () => reader.word()),
}
