import type { FunctionDefinition, Instruction, Local, MemoryImport, WasmModule } from './module.ts'
import { functionTypeOf } from './module.ts'
import type { ImmediateKind } from './opcodes.ts'
import { opcodes } from './opcodes.ts'

/** The module in the text format, with the names of functions, locals and loops; assembles to the same instructions. */
export function printModule(module: WasmModule): string {
  const functionNames = [
    ...module.importedFunctions.map((imported) => imported.name),
    ...module.functions.map((definition) => definition.name),
  ]
  const { importedFunctions, memory } = module
  const lines = [
    '(module',
    `  (import ${quote(memory.module)} ${quote(memory.name)} (memory ${limits(memory)}))`,
    ...importedFunctions.map(({ module: from, name, type }) => {
      const signature = [
        `$${name}`,
        ...type.parameters.map((t) => `(param ${t})`),
        ...type.results.map((t) => `(result ${t})`),
      ]
      return `  (import ${quote(from)} ${quote(name)} (func ${signature.join(' ')}))`
    }),
    ...module.functions.flatMap((definition) => printFunction(definition, functionNames)),
    ...module.exports.map(
      ({ name, functionIndex }) => `  (export ${quote(name)} (func $${functionNames[functionIndex]}))`,
    ),
  ]
  return `${lines.join('\n')})\n`
}

/** A comment ends with its line. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
const quote = (text: string): string => `"${text}"`
const limits = ({ minimumPages, maximumPages, shared }: MemoryImport): string =>
  [minimumPages, ...(maximumPages === undefined ? [] : [maximumPages]), ...(shared ? ['shared'] : [])].join(' ')

function printFunction(definition: FunctionDefinition, functionNames: readonly string[]): string[] {
  const header = [
    `  (func $${definition.name}`,
    ...definition.parameters.map(({ name, type }) => `(param $${name} ${type})`),
    ...functionTypeOf(definition).results.map((type) => `(result ${type})`),
  ].join(' ')
  const locals = [...definition.parameters, ...definition.locals]
  const lines = [header, ...printLocals(definition.locals)]
  /** Labels of the open blocks, outermost first. */
  const labels: string[] = []
  for (const instruction of definition.body) {
    if (instruction.op === 'end') labels.pop()
    const indent = '  '.repeat(2 + labels.length)
    if (instruction.heading !== undefined) lines.push(`${indent};; ${oneLine(instruction.heading)}`)
    lines.push(`${indent}${printInstruction(instruction, { locals, labels, functionNames })}`)
    if (opcodes[instruction.op].immediates === 'block') labels.push(instruction.label ?? '')
  }
  lines[lines.length - 1] += lines.at(-1)!.includes(';;') ? '\n  )' : ')'
  return lines
}

/** Locals in lines of up to about a hundred characters. */
function printLocals(locals: readonly Local[]): string[] {
  const lines: string[] = []
  for (const { name, type } of locals) {
    const text = `(local $${name} ${type})`
    const last = lines.at(-1)
    if (last !== undefined && last.length + text.length < 100) lines[lines.length - 1] = `${last} ${text}`
    else lines.push(`    ${text}`)
  }
  return lines
}

interface Names {
  readonly locals: readonly Local[]
  readonly labels: readonly string[]
  readonly functionNames: readonly string[]
}

function printInstruction({ op, immediates, label, comment }: Instruction, names: Names): string {
  const print = immediatePrinters[opcodes[op].immediates]
  const parts = [op, ...(label ? [`$${label}`] : []), ...print(immediates, names)]
  return comment === undefined ? parts.join(' ') : `${parts.join(' ')} ;; ${oneLine(comment)}`
}

const plainNumbers = (values: readonly number[]): string[] => values.map(String)
const byteOffset = (offset: number): string[] => (offset === 0 ? [] : [`offset=${offset}`])

const immediatePrinters: {
  readonly [K in ImmediateKind]: (values: readonly number[], names: Names) => readonly string[]
} = {
  none: () => [],
  block: () => [],
  label: ([depth], { labels }) => [labelName(labels, depth!)],
  local: ([local], { locals }) => [`$${locals[local!]!.name}`],
  function: ([index], { functionNames }) => [`$${functionNames[index!]}`],
  memory: ([offset]) => byteOffset(offset!),
  memoryLane: ([offset, lane]) => [...byteOffset(offset!), String(lane)],
  lane: plainNumbers,
  lanes: plainNumbers,
  i32: ([value]) => [String(value! | 0)],
  i64: plainNumbers,
  f32: ([value]) => [floatText(shortestFloat32(value!))],
  f64: ([value]) => [floatText(Object.is(value, -0) ? '-0' : String(value))],
  v128: (words) => ['i32x4', ...words.map((word) => `0x${(word >>> 0).toString(16)}`)],
}

/** A name, where the innermost block of that name is the one meant. */
function labelName(labels: readonly string[], depth: number): string {
  const position = labels.length - 1 - depth
  const name = labels[position]
  return name && labels.lastIndexOf(name) === position ? `$${name}` : String(depth)
}

const floatText = (text: string): string => text.replace('Infinity', 'inf').replace('NaN', 'nan')

/** The fewest decimal digits that read back as the same float32. */
export function shortestFloat32(value: number): string {
  const rounded = Math.fround(value)
  if (Object.is(rounded, -0)) return '-0'
  for (let digits = 1; digits <= 9; digits++) {
    const text = rounded.toPrecision(digits)
    if (Math.fround(Number(text)) === rounded) return String(Number(text))
  }
  return String(rounded)
}
