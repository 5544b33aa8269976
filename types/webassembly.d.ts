/**
 * The part of the WebAssembly JavaScript interface that src/ uses. TypeScript declares it only together with the DOM,
 * and nothing in src/ may depend on a page.
 *
 * @see https://webassembly.github.io/spec/js-api/
 */
declare namespace WebAssembly {
  interface Memory {
    /** A SharedArrayBuffer when the memory was made with `shared`. */
    readonly buffer: ArrayBufferLike
    grow(pages: number): number
  }
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  interface Instance {
    readonly exports: Exports
  }
  interface Table {
    readonly length: number
    get(index: number): unknown
    set(index: number, value?: unknown): void
    grow(delta: number, value?: unknown): number
  }
  interface Global {
    value: number | bigint
    valueOf(): number | bigint
  }

  interface MemoryDescriptor {
    initial: number
    maximum?: number
    shared?: boolean
  }
  interface TableDescriptor {
    element: 'anyfunc' | 'externref'
    initial: number
    maximum?: number
  }
  interface GlobalDescriptor {
    value: 'i32' | 'i64' | 'f32' | 'f64'
    mutable?: boolean
  }
  type ExternalKind = 'function' | 'global' | 'memory' | 'table'
  interface ModuleExportDescriptor {
    kind: ExternalKind
    name: string
  }
  interface ModuleImportDescriptor {
    kind: ExternalKind
    module: string
    name: string
  }

  type ExportValue = Function | Global | Memory | Table
  type Exports = Record<string, ExportValue>
  type ImportValue = ExportValue | number | bigint
  type Imports = Record<string, Record<string, ImportValue>>
  type Bytes = ArrayBufferView | ArrayBufferLike

  var Memory: { prototype: Memory; new (descriptor: MemoryDescriptor): Memory }
  var Module: {
    prototype: Module
    new (bytes: Bytes): Module
    exports(module: Module): ModuleExportDescriptor[]
    imports(module: Module): ModuleImportDescriptor[]
    customSections(module: Module, name: string): ArrayBuffer[]
  }
  var Instance: { prototype: Instance; new (module: Module, imports?: Imports): Instance }
  var Table: { prototype: Table; new (descriptor: TableDescriptor, value?: unknown): Table }
  var Global: { prototype: Global; new (descriptor: GlobalDescriptor, value?: number | bigint): Global }

  interface CompileError extends Error {}
  interface LinkError extends Error {}
  interface RuntimeError extends Error {}
  var CompileError: { prototype: CompileError; new (message?: string): CompileError }
  var LinkError: { prototype: LinkError; new (message?: string): LinkError }
  var RuntimeError: { prototype: RuntimeError; new (message?: string): RuntimeError }

  function validate(bytes: Bytes): boolean
  function compile(bytes: Bytes): Promise<Module>
  function instantiate(module: Module, imports?: Imports): Promise<Instance>
  function instantiate(bytes: Bytes, imports?: Imports): Promise<{ module: Module; instance: Instance }>
}
