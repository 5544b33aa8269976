/** What follows an opcode in the binary, and how the text form writes it. */
export type ImmediateKind =
  | 'none'
  | 'block' // no immediates of its own: every block of ours takes and leaves nothing
  | 'label' // how many blocks out
  | 'local'
  | 'function'
  | 'memory' // byte offset; the alignment is the natural one
  | 'memoryLane' // byte offset, lane
  | 'lane'
  | 'lanes' // 16 byte lanes of a shuffle
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128' // four 32-bit words

export interface Opcode {
  readonly prefix?: 0xfc | 0xfd | 0xfe
  readonly code: number
  readonly immediates: ImmediateKind
  /** Natural alignment of a memory access, as a power of two. */
  readonly alignment: number
}

const plain = (code: number, immediates: ImmediateKind = 'none'): Opcode => ({ code, immediates, alignment: 0 })
const memory = (code: number, alignment: number): Opcode => ({ code, immediates: 'memory', alignment })
const saturating = (code: number): Opcode => ({ prefix: 0xfc, code, immediates: 'none', alignment: 0 })
const atomic = (code: number): Opcode => ({ prefix: 0xfe, code, immediates: 'memory', alignment: 2 })
const simd = (code: number, immediates: ImmediateKind = 'none'): Opcode => ({
  prefix: 0xfd,
  code,
  immediates,
  alignment: 0,
})
const simdMemory = (code: number, alignment: number): Opcode => ({
  prefix: 0xfd,
  code,
  immediates: 'memory',
  alignment,
})
const simdMemoryLane = (code: number, alignment: number): Opcode => ({
  prefix: 0xfd,
  code,
  immediates: 'memoryLane',
  alignment,
})

/** Every instruction the back end can write (WebAssembly specification, section 5.4, and the threads and relaxed SIMD proposals). */
export const opcodes = {
  loop: plain(0x03, 'block'),
  if: plain(0x04, 'block'),
  end: plain(0x0b),
  br: plain(0x0c, 'label'),
  br_if: plain(0x0d, 'label'),
  return: plain(0x0f),
  call: plain(0x10, 'function'),
  drop: plain(0x1a),
  select: plain(0x1b),
  'local.get': plain(0x20, 'local'),
  'local.set': plain(0x21, 'local'),
  'local.tee': plain(0x22, 'local'),

  'i32.load': memory(0x28, 2),
  'f32.load': memory(0x2a, 2),
  'f64.load': memory(0x2b, 3),
  'i32.load8_u': memory(0x2d, 0),
  'i32.store': memory(0x36, 2),
  'f32.store': memory(0x38, 2),
  'f64.store': memory(0x39, 3),
  'i32.store8': memory(0x3a, 0),

  'i32.const': plain(0x41, 'i32'),
  'i64.const': plain(0x42, 'i64'),
  'f32.const': plain(0x43, 'f32'),
  'f64.const': plain(0x44, 'f64'),

  'i32.eqz': plain(0x45),
  'i32.eq': plain(0x46),
  'i32.ne': plain(0x47),
  'i32.lt_s': plain(0x48),
  'i32.lt_u': plain(0x49),
  'i32.gt_s': plain(0x4a),
  'i32.le_s': plain(0x4c),
  'i32.ge_s': plain(0x4e),
  'f32.eq': plain(0x5b),
  'f32.ne': plain(0x5c),
  'f32.lt': plain(0x5d),
  'f32.gt': plain(0x5e),
  'f32.le': plain(0x5f),
  'f32.ge': plain(0x60),
  'f64.eq': plain(0x61),
  'f64.ne': plain(0x62),
  'f64.lt': plain(0x63),
  'f64.gt': plain(0x64),
  'f64.le': plain(0x65),
  'f64.ge': plain(0x66),

  'i32.add': plain(0x6a),
  'i32.sub': plain(0x6b),
  'i32.mul': plain(0x6c),
  'i32.div_s': plain(0x6d),
  'i32.div_u': plain(0x6e),
  'i32.rem_u': plain(0x70),
  'i32.and': plain(0x71),
  'i32.or': plain(0x72),
  'i32.xor': plain(0x73),
  'i32.shl': plain(0x74),
  'i32.shr_s': plain(0x75),
  'i32.shr_u': plain(0x76),
  'i64.or': plain(0x84),
  'i64.shl': plain(0x86),
  'i64.shr_u': plain(0x88),
  'f32.abs': plain(0x8b),
  'f32.neg': plain(0x8c),
  'f32.floor': plain(0x8e),
  'f32.sqrt': plain(0x91),
  'f32.add': plain(0x92),
  'f32.sub': plain(0x93),
  'f32.mul': plain(0x94),
  'f32.div': plain(0x95),
  'f64.abs': plain(0x99),
  'f64.neg': plain(0x9a),
  'f64.floor': plain(0x9c),
  'f64.sqrt': plain(0x9f),
  'f64.add': plain(0xa0),
  'f64.sub': plain(0xa1),
  'f64.mul': plain(0xa2),
  'f64.div': plain(0xa3),

  'i32.wrap_i64': plain(0xa7),
  'i64.extend_i32_u': plain(0xad),
  'f32.convert_i32_s': plain(0xb2),
  'f32.convert_i32_u': plain(0xb3),
  'f32.demote_f64': plain(0xb6),
  'f64.convert_i32_s': plain(0xb7),
  'f64.convert_i32_u': plain(0xb8),
  'f64.promote_f32': plain(0xbb),
  'i32.reinterpret_f32': plain(0xbc),
  'i64.reinterpret_f64': plain(0xbd),
  'f32.reinterpret_i32': plain(0xbe),
  'f64.reinterpret_i64': plain(0xbf),
  'i32.trunc_sat_f32_s': saturating(0x00),
  'i32.trunc_sat_f64_s': saturating(0x02),

  'memory.atomic.notify': atomic(0x00),
  'memory.atomic.wait32': atomic(0x01),
  'i32.atomic.load': atomic(0x10),
  'i32.atomic.store': atomic(0x17),
  'i32.atomic.rmw.add': atomic(0x1e),

  'v128.load': simdMemory(0x00, 4),
  'v128.load32_splat': simdMemory(0x09, 2),
  'v128.load64_splat': simdMemory(0x0a, 3),
  'v128.store': simdMemory(0x0b, 4),
  'v128.const': simd(0x0c, 'v128'),
  'i8x16.shuffle': simd(0x0d, 'lanes'),
  'v128.load8_lane': simdMemoryLane(0x54, 0),
  'v128.load32_lane': simdMemoryLane(0x56, 2),
  'v128.load64_lane': simdMemoryLane(0x57, 3),
  'v128.store8_lane': simdMemoryLane(0x58, 0),
  'v128.store32_lane': simdMemoryLane(0x5a, 2),
  'v128.store64_lane': simdMemoryLane(0x5b, 3),
  'v128.load32_zero': simdMemory(0x5c, 2),
  'v128.load64_zero': simdMemory(0x5d, 3),

  'i32x4.splat': simd(0x11),
  'f32x4.splat': simd(0x13),
  'f64x2.splat': simd(0x14),
  'i32x4.extract_lane': simd(0x1b, 'lane'),
  'f32x4.extract_lane': simd(0x1f, 'lane'),
  'f64x2.extract_lane': simd(0x21, 'lane'),

  'i32x4.eq': simd(0x37),
  'i32x4.ne': simd(0x38),
  'i32x4.lt_s': simd(0x39),
  'i32x4.lt_u': simd(0x3a),
  'i32x4.gt_s': simd(0x3b),
  'i32x4.le_s': simd(0x3d),
  'i32x4.ge_s': simd(0x3f),
  'f32x4.eq': simd(0x41),
  'f32x4.ne': simd(0x42),
  'f32x4.lt': simd(0x43),
  'f32x4.gt': simd(0x44),
  'f32x4.le': simd(0x45),
  'f32x4.ge': simd(0x46),
  'f64x2.eq': simd(0x47),
  'f64x2.ne': simd(0x48),
  'f64x2.lt': simd(0x49),
  'f64x2.gt': simd(0x4a),
  'f64x2.le': simd(0x4b),
  'f64x2.ge': simd(0x4c),
  'i64x2.ne': simd(0xd7),

  'v128.not': simd(0x4d),
  'v128.and': simd(0x4e),
  'v128.andnot': simd(0x4f),
  'v128.or': simd(0x50),
  'v128.xor': simd(0x51),
  'v128.bitselect': simd(0x52),

  'f32x4.floor': simd(0x68),
  'f64x2.floor': simd(0x75),
  'i16x8.extend_low_i8x16_u': simd(0x89),
  'i32x4.extend_low_i16x8_u': simd(0xa9),
  'i32x4.abs': simd(0xa0),
  'i32x4.neg': simd(0xa1),
  'i32x4.bitmask': simd(0xa4),
  'i64x2.bitmask': simd(0xc4),
  'i32x4.shl': simd(0xab),
  'i32x4.shr_s': simd(0xac),
  'i32x4.shr_u': simd(0xad),
  'i32x4.add': simd(0xae),
  'i32x4.sub': simd(0xb1),
  'i32x4.mul': simd(0xb5),
  'i32x4.min_s': simd(0xb6),
  'i32x4.max_s': simd(0xb8),
  'f32x4.abs': simd(0xe0),
  'f32x4.neg': simd(0xe1),
  'f32x4.sqrt': simd(0xe3),
  'f32x4.add': simd(0xe4),
  'f32x4.sub': simd(0xe5),
  'f32x4.mul': simd(0xe6),
  'f32x4.div': simd(0xe7),
  'f32x4.pmin': simd(0xea),
  'f32x4.pmax': simd(0xeb),
  'f64x2.abs': simd(0xec),
  'f64x2.neg': simd(0xed),
  'f64x2.sqrt': simd(0xef),
  'f64x2.add': simd(0xf0),
  'f64x2.sub': simd(0xf1),
  'f64x2.mul': simd(0xf2),
  'f64x2.div': simd(0xf3),
  'f64x2.pmin': simd(0xf6),
  'f64x2.pmax': simd(0xf7),

  'i32x4.trunc_sat_f32x4_s': simd(0xf8),
  'i32x4.trunc_sat_f64x2_s_zero': simd(0xfc),
  'f64x2.convert_low_i32x4_s': simd(0xfe),
  'f64x2.convert_low_i32x4_u': simd(0xff),
  'f64x2.promote_low_f32x4': simd(0x5f),
  'f32x4.demote_f64x2_zero': simd(0x5e),
  'i64x2.extend_low_i32x4_s': simd(0xc7),
  'f32x4.convert_i32x4_s': simd(0xfa),
  'f32x4.convert_i32x4_u': simd(0xfb),
  'f32x4.relaxed_madd': simd(0x105),
  'f64x2.relaxed_madd': simd(0x107),
} as const satisfies { readonly [name: string]: Opcode }

export type OpcodeName = keyof typeof opcodes
