import { GryphError } from '../base/errors.ts'

/** How contractions compute a·b + c: with one rounding or with two. One rule per process, for eager, WASM and JS alike. */
export type FmaRule = 'fused' | 'separate'

let rule: FmaRule | undefined

/** The process's rule, settled at the first kernel: fused where relaxed SIMD is on and measured to be fused. */
export const fmaRule = (): FmaRule => (rule ??= relaxedMaddIsFused() ? 'fused' : 'separate')

/**
 * Turns relaxed SIMD on where the engine has it behind a flag (Node 20), so that contractions use fused multiply-adds.
 *
 * @throws RELAXED_SIMD_TOO_LATE when a kernel has already been compiled under the other rule
 */
export function enableRelaxedSimd(): void {
  if (rule === 'fused' || WebAssembly.validate(relaxedMaddModule)) return
  if (rule === 'separate') throw tooLate()
  if (nodeMajor() === 20) process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd')
}

/** Major version of Node, 0 elsewhere. */
export const nodeMajor = (): number =>
  typeof process === 'object' && process.versions?.node ? Number(process.versions.node.split('.')[0]) : 0

/** What the engine's register allocator handles best (docs/architecture.md has the measurements). */
export interface KernelTraits {
  readonly microTile: '3x12' | '4x8' | '6x8'
  /** With separate multiply and add, V8 spills accumulators that are computed with after their loop: 1.6 times slower. */
  readonly inlineEpilogues: boolean
}

export const kernelTraits = (): KernelTraits => ({
  microTile: nodeMajor() === 0 || nodeMajor() >= 22 ? '6x8' : fmaRule() === 'fused' ? '3x12' : '4x8',
  inlineEpilogues: fmaRule() === 'fused',
})

/** (func (param f32 f32 f32) (result f32)): lane 0 of relaxed_madd of the splats. */
// prettier-ignore
const relaxedMaddModule = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // magic, version
  0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d, // type
  0x03, 0x02, 0x01, 0x00, // function
  0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, // export "f"
  0x0a, 0x16, 0x01, 0x14, 0x00, // code
  0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13, 0x20, 0x02, 0xfd, 0x13, // splats
  0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b, // relaxed_madd, lane 0
)

/** Engines may split it in two roundings. (1 + 2⁻¹²)² − (1 + 2⁻¹¹) is 2⁻²⁴ with one rounding and 0 with two. */
function relaxedMaddIsFused(): boolean {
  if (!WebAssembly.validate(relaxedMaddModule)) return false
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(relaxedMaddModule)).exports
  const x = 1 + 2 ** -12
  return (f as (a: number, b: number, c: number) => number)(x, x, -(1 + 2 ** -11)) === 2 ** -24 // the module above exports one function
}

const tooLate = (): GryphError =>
  new GryphError(
    'RELAXED_SIMD_TOO_LATE',
    "[configure] relaxedSimd: 'enable' came after the first kernel was compiled, and one process keeps one rounding rule. Call configure before any tensor is computed.",
  )
