import { InternalError } from '../../base/errors.ts'
import type { FunctionDefinition, ImportedFunction, Instruction, WasmModule } from './module.ts'
import { UniqueNames } from './unique-names.ts'

/** Programs over one memory as one module: the `run` of each is exported under the name given for it. */
export function joinModules(modules: ReadonlyMap<string, WasmModule>): WasmModule {
  const [first] = modules.values()
  if (!first) throw new InternalError('there is no module to join')
  const importedFunctions: ImportedFunction[] = []
  for (const each of [...modules.values()].flatMap((module) => module.importedFunctions))
    if (!importedFunctions.some((known) => isSame(known, each))) importedFunctions.push(each)
  const names = new UniqueNames()
  for (const { name } of importedFunctions) names.unique(name)
  const functions: FunctionDefinition[] = []
  const exports: { name: string; functionIndex: number }[] = []
  for (const [exportName, module] of modules) {
    const base = importedFunctions.length + functions.length
    const imported = module.importedFunctions.length
    const moved = module.importedFunctions.map((each) => importedFunctions.findIndex((known) => isSame(known, each)))
    const indexOf = (index: number): number => moved[index] ?? base + index - imported
    for (const definition of module.functions)
      functions.push({
        ...definition,
        name: names.unique(definition.name),
        body: definition.body.map((instruction) => withCallee(instruction, indexOf)),
      })
    for (const { name, functionIndex } of module.exports)
      exports.push({ name: name === 'run' ? exportName : name, functionIndex: indexOf(functionIndex) })
  }
  return { memory: first.memory, importedFunctions, functions, exports }
}

const isSame = (a: ImportedFunction, b: ImportedFunction): boolean => a.module === b.module && a.name === b.name

const withCallee = (instruction: Instruction, indexOf: (index: number) => number): Instruction =>
  instruction.op === 'call' ? { ...instruction, immediates: [indexOf(instruction.immediates[0]!)] } : instruction
