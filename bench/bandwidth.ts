/** Rate of c ← a + s·b over three arrays: what one core moves at most, by how much memory they take together. */
export interface Bandwidth {
  readonly workingSetBytes: number
  readonly gigabytesPerSecond: number
}

/** Three arrays of each size: in the first-level cache, in the second, beyond it, and beyond most caches. */
const arrayBytes = [8 << 10, 64 << 10, 1 << 20, 16 << 20] as const
/** Arrays start at different places of a page, so that they do not compete for the same cache lines. */
const spacing = (16 << 20) + 4160
const [first, second, third] = [64, 64 + spacing, 64 + 2 * spacing] as const

export function measureBandwidth(seconds: number): Bandwidth[] {
  const run = instantiate()
  return arrayBytes.map((bytes) => {
    // Small arrays are gone over many times in one measurement, for the clock's sake.
    const passes = Math.max(1, Math.round((1 << 20) / bytes))
    run(bytes) // fresh memory takes many times as long
    let bestMs = Infinity
    for (const end = performance.now() + (1000 * seconds) / arrayBytes.length; performance.now() < end;) {
      const start = performance.now()
      for (let pass = 0; pass < passes; pass++) run(bytes)
      bestMs = Math.min(bestMs, performance.now() - start)
    }
    return { workingSetBytes: 3 * bytes, gigabytesPerSecond: (3 * bytes * passes) / bestMs / 1e6 }
  })
}

/** The rate for a program that moves so many bytes: of the smallest arrays that take as much together. */
export const bandwidthFor = (bytes: number, measured: readonly Bandwidth[]): number =>
  (measured.find(({ workingSetBytes }) => workingSetBytes >= bytes) ?? measured.at(-1)!).gigabytesPerSecond

/** (func (export "f") (param $bytes i32)) over a memory of its own; local 1 is the position. */
function instantiate(): (bytes: number) => void {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((third + spacing) / 65536) })
  const get = (local: number): number[] => [0x20, local]
  const access = (opcode: number, offset: number): number[] => [0xfd, opcode, 0x04, ...leb(offset)]
  const scale = [0x43, ...new Uint8Array(Float32Array.of(0.5).buffer), 0xfd, 0x13]
  const mulAndAdd = [0xfd, 0xe6, 0x01, 0xfd, 0xe4, 0x01]
  const sum = [...get(1), ...access(0x00, first), ...get(1), ...access(0x00, second), ...get(2), ...mulAndAdd]
  const step = [...get(1), ...sum, ...access(0x0b, third)]
  const next = [...get(1), 0x41, 16, 0x6a, 0x22, 1, ...get(0), 0x49, 0x0d, 0x00]
  const loop = [0x03, 0x40, ...step, ...next, 0x0b]
  // One i32 and one v128 local, then the code.
  const body = [0x02, 0x01, 0x7f, 0x01, 0x7b, ...scale, 0x21, 2, ...loop, 0x0b]
  const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const bytes = Uint8Array.of(
    ...header,
    ...section(1, [0x01, 0x60, 0x01, 0x7f, 0x00]),
    ...section(2, [0x01, 0x01, 0x6d, 0x01, 0x6d, 0x02, 0x00, 0x00]),
    ...section(3, [0x01, 0x00]),
    ...section(7, [0x01, 0x01, 0x66, 0x00, 0x00]),
    ...section(10, [0x01, ...leb(body.length), ...body]),
  )
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { m: { m: memory } })
  return exports['f'] as (bytes: number) => void // the module above exports one function
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}
