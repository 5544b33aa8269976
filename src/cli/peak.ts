/** What one core computes at most with 128-bit multiply-adds in registers: the measure for contractions. */
export interface Peak {
  /** GFLOP/s of f32x4.mul and f32x4.add. */
  readonly mulAdd: number
  /** GFLOP/s of f32x4.relaxed_madd; undefined where relaxed SIMD is off. */
  readonly fused: number | undefined
}

/** Independent chains: enough to hide the latency, few enough for the registers. */
const chains = 12
const iterations = 20_000
const flopsPerRun = iterations * chains * 4 * 2

const opcode = {
  add: [0xe4, 0x01],
  mul: [0xe6, 0x01],
  relaxedMadd: [0x85, 0x02],
  splat: [0x13],
  extractLane: [0x1f],
} as const
const simd = (name: keyof typeof opcode): number[] => [0xfd, ...opcode[name]]
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
/** Parameter 0 counts down; locals 1 and 2 are the factors, the chains follow. */
const [counter, scale, shift, firstChain] = [0, 1, 2, 3]
const chainLocals = Array.from({ length: chains }, (_, i) => firstChain + i)

/** chain ← chain · scale + shift, which stays bounded for scale < 1. */
const step = {
  mulAdd: (chain: number): number[] => [
    ...get(chain),
    ...get(scale),
    ...simd('mul'),
    ...get(shift),
    ...simd('add'),
    ...set(chain),
  ],
  fused: (chain: number): number[] => [
    ...get(chain),
    ...get(scale),
    ...get(shift),
    ...simd('relaxedMadd'),
    ...set(chain),
  ],
}

/** (func (export "f") (param i32) (result f32)): that many steps of all chains, then their sum, so that none is dead code. */
function moduleBytes(stepOf: (chain: number) => number[]): Uint8Array<ArrayBuffer> {
  const f32Splat = (value: number): number[] => [
    0x43,
    ...new Uint8Array(Float32Array.of(value).buffer),
    ...simd('splat'),
  ]
  const constants = [...f32Splat(0.999), ...set(scale), ...f32Splat(0.001), ...set(shift)]
  const countDown = [...get(counter), 0x41, 0x01, 0x6b, 0x22, counter, 0x0d, 0x00]
  const sum = [
    ...get(firstChain),
    ...chainLocals.slice(1).flatMap((chain) => [...get(chain), ...simd('add')]),
    ...simd('extractLane'),
    0x00,
  ]
  const loop = [0x03, 0x40, ...chainLocals.flatMap(stepOf), ...countDown, 0x0b]
  // One group of v128 locals, then the code.
  const body = [0x01, 2 + chains, 0x7b, ...constants, ...loop, ...sum, 0x0b]
  const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
  const type = section(1, [0x01, 0x60, 0x01, 0x7f, 0x01, 0x7d])
  const functions = section(3, [0x01, 0x00])
  const exported = section(7, [0x01, 0x01, 0x66, 0x00, 0x00])
  const code = section(10, [0x01, ...leb(body.length), ...body])
  return Uint8Array.of(...header, ...type, ...functions, ...exported, ...code)
}

/** Unsigned LEB128 of a number below 2¹⁴. */
const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, value >> 7])

/** Measures for about `seconds`, the tier-up of the loop included, and keeps the best: noise only ever slows. */
export function measurePeak(seconds: number): Peak {
  const fused = moduleBytes(step.fused)
  return {
    mulAdd: bestRate(moduleBytes(step.mulAdd), seconds),
    fused: WebAssembly.validate(fused) ? bestRate(fused, seconds) : undefined,
  }
}

function bestRate(bytes: Uint8Array<ArrayBuffer>, seconds: number): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes))
  const run = exports['f'] as (count: number) => number // the module above exports one function
  let bestMs = Infinity
  for (const end = performance.now() + 1000 * seconds; performance.now() < end;) {
    const start = performance.now()
    run(iterations)
    bestMs = Math.min(bestMs, performance.now() - start)
  }
  return flopsPerRun / bestMs / 1e6
}
