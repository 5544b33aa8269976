import type { Arity, OpName, OpTable } from '../../src/ops/table.ts'
import { bool, f32, f64, i32, u8, type HostArray } from './host-array.ts'

/** One call of an op, with its result worked out without the op's own code. */
export interface OpSample<N extends OpName> {
  readonly operands: OperandsOf<OpTable[N]['arity']>
  readonly attrs: OpTable[N]['attrs']
  readonly expected: HostArray
  /** Largest accepted error, in units in the last place; 0 when left out, and then −0 is not 0. */
  readonly ulp?: number
}
type OperandsOf<A extends Arity> = A extends 0
  ? readonly []
  : A extends 1
    ? readonly [HostArray]
    : A extends 2
      ? readonly [HostArray, HostArray]
      : A extends 3
        ? readonly [HostArray, HostArray, HostArray]
        : readonly HostArray[]

const none = {}
const inf = Infinity
/** Points for functions of any float, special ones after the first four. */
const everywhere = f32([9], -2.5, -0.5, 0.75, 3, 0, -0, inf, -inf, NaN)
const everywhere64 = f64([9], ...everywhere.elements)
const aboveZero = f32([9], 0.25, 1, 2.5, 1000, 0, -0, inf, -1.5, NaN)
const aboveZero64 = f64([9], ...aboveZero.elements)
const matrix = f32([2, 3], 1, 2, 3, 4, 5, 6)
/** A key, and a counter about to carry into its high word. */
const state = i32([4], 42, -7, -2, 5)
const column = f32([2, 1], 10, 20)
const truthA = bool([4], 0, 0, 1, 1)
const truthB = bool([4], 0, 1, 0, 1)
const left = f32([6], 1, 2, 3, NaN, 0, inf)
const right = f32([6], 2, 2, 1, NaN, -0, 1)

/** Of one function in both float dtypes: the four ordinary points, then the special ones. */
const both = (points: HostArray, points64: HostArray, ...expected: readonly number[]) =>
  [
    { operands: [points], attrs: none, expected: f32([9], ...expected), ulp: 2 },
    { operands: [points64], attrs: none, expected: f64([9], ...expected), ulp: 4 },
  ] as const

/** An op without samples is a type error here. Values of functions are from the C library, through Python's `math`. */
export const samples: { readonly [N in OpName]: readonly [OpSample<N>, ...OpSample<N>[]] } = {
  copy: [
    { operands: [f32([3], -0, NaN, 1.5)], attrs: none, expected: f32([3], -0, NaN, 1.5) },
    { operands: [bool([2], 1, 0)], attrs: none, expected: bool([2], 1, 0) },
  ],
  neg: [
    { operands: [f32([5], 1, -2.5, 0, -0, NaN)], attrs: none, expected: f32([5], -1, 2.5, -0, 0, NaN) },
    { operands: [i32([3], 7, 0, -(2 ** 31))], attrs: none, expected: i32([3], -7, 0, -(2 ** 31)) },
    { operands: [u8([3], 0, 1, 255)], attrs: none, expected: u8([3], 0, 255, 1) },
  ],
  abs: [
    { operands: [f64([4], -1.5, -0, -inf, NaN)], attrs: none, expected: f64([4], 1.5, 0, inf, NaN) },
    { operands: [i32([3], -7, 7, -(2 ** 31))], attrs: none, expected: i32([3], 7, 7, -(2 ** 31)) },
    { operands: [u8([2], 200, 3)], attrs: none, expected: u8([2], 200, 3) },
  ],
  sign: [
    { operands: [f32([6], -3, 1e-40, 0, -0, -inf, NaN)], attrs: none, expected: f32([6], -1, 1, 0, -0, -1, NaN) },
    { operands: [i32([3], -9, 0, 4)], attrs: none, expected: i32([3], -1, 0, 1) },
    { operands: [u8([2], 0, 200)], attrs: none, expected: u8([2], 0, 1) },
  ],
  sqrt: both(aboveZero, aboveZero64, 0.5, 1, 1.5811388300841898, 31.622776601683793, 0, -0, inf, NaN, NaN),
  floor: [
    { operands: [f32([7], -1.5, -0.5, 0.5, 2, -0, inf, NaN)], attrs: none, expected: f32([7], -2, -1, 0, 2, -0, inf, NaN) },
    { operands: [f64([2], 2 ** 40 + 0.5, -(2 ** 40) - 0.5)], attrs: none, expected: f64([2], 2 ** 40, -(2 ** 40) - 1) },
  ],
  exp: [
    ...both(everywhere, everywhere64, 0.0820849986238988, 0.6065306597126334, 2.117000016612675, 20.085536923187668, 1, 1, inf, 0, NaN),
    { operands: [f32([4], 88.5, 89, -100, -104)], attrs: none, expected: f32([4], 2.7230878250681117e38, inf, 3.720075976020836e-44, 0), ulp: 2 },
  ],
  expm1: [
    ...both(everywhere, everywhere64, -0.9179150013761013, -0.3934693402873666, 1.1170000166126748, 19.085536923187668, 0, -0, inf, -1, NaN),
    { operands: [f64([1], 1e-5)], attrs: none, expected: f64([1], 1.0000050000166668e-5), ulp: 2 },
  ],
  log: both(aboveZero, aboveZero64, -1.3862943611198906, 0, 0.9162907318741551, 6.907755278982137, -inf, -inf, inf, NaN, NaN),
  log1p: [
    ...both(aboveZero, aboveZero64, 0.22314355131420976, 0.6931471805599453, 1.252762968495368, 6.90875477931522, 0, -0, inf, NaN, NaN),
    { operands: [f64([2], 1e-5, -1)], attrs: none, expected: f64([2], 9.999950000333332e-6, -inf), ulp: 2 },
  ],
  sin: both(everywhere, everywhere64, -0.5984721441039565, -0.479425538604203, 0.6816387600233341, 0.1411200080598672, 0, -0, NaN, NaN, NaN),
  cos: both(everywhere, everywhere64, -0.8011436155469337, 0.8775825618903728, 0.7316888688738209, -0.9899924966004454, 1, 1, NaN, NaN, NaN),
  tanh: both(everywhere, everywhere64, -0.9866142981514303, -0.46211715726000974, 0.6351489523872873, 0.9950547536867305, 0, -0, 1, -1, NaN),
  sigmoid: both(everywhere, everywhere64, 0.07585818002124355, 0.3775406687981454, 0.679178699175393, 0.9525741268224334, 0.5, 0.5, 1, 0, NaN),
  erf: both(everywhere, everywhere64, -0.999593047982555, -0.5204998778130465, 0.7111556336535151, 0.9999779095030014, 0, -0, 1, -1, NaN),
  relu: [
    { operands: [f32([6], -1, 2, 0, -0, NaN, -inf)], attrs: none, expected: f32([6], 0, 2, 0, -0, NaN, 0) },
    { operands: [i32([3], -5, 0, 5)], attrs: none, expected: i32([3], 0, 0, 5) },
    { operands: [u8([1], 200)], attrs: none, expected: u8([1], 200) },
  ],
  logicalNot: [{ operands: [bool([2], 0, 1)], attrs: none, expected: bool([2], 1, 0) }],
  cast: [
    { operands: [f32([7], 1.9, -1.9, 3e9, -3e9, NaN, inf, -0)], attrs: { dtype: 'int32' }, expected: i32([7], 1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1, 0) },
    { operands: [f64([3], 0.1, 1e39, -1e-60)], attrs: { dtype: 'float32' }, expected: f32([3], 0.1, inf, -0) },
    { operands: [f32([4], 0, -0, NaN, 0.5)], attrs: { dtype: 'bool' }, expected: bool([4], 0, 0, 1, 1) },
    { operands: [i32([4], 255, 256, -1, 300)], attrs: { dtype: 'uint8' }, expected: u8([4], 255, 0, 255, 44) },
    { operands: [i32([2], 2 ** 24 + 1, -3)], attrs: { dtype: 'float32' }, expected: f32([2], 2 ** 24, -3) },
    { operands: [u8([2], 0, 200)], attrs: { dtype: 'float64' }, expected: f64([2], 0, 200) },
    { operands: [bool([2], 0, 1)], attrs: { dtype: 'float32' }, expected: f32([2], 0, 1) },
  ],
  add: [
    { operands: [matrix, column], attrs: none, expected: f32([2, 3], 11, 12, 13, 24, 25, 26) },
    { operands: [f32([3], 1, 16777216, inf), f32([3], 2, 1, -inf)], attrs: none, expected: f32([3], 3, 16777216, NaN) },
    { operands: [f64([2, 1], 0.1, 1), f64([2], 0.2, -0)], attrs: none, expected: f64([2, 2], 0.30000000000000004, 0.1, 1.2, 1) },
    { operands: [i32([2], 2 ** 31 - 1, 5), i32([], 1)], attrs: none, expected: i32([2], -(2 ** 31), 6) },
    { operands: [u8([2], 250, 1), u8([2], 10, 1)], attrs: none, expected: u8([2], 4, 2) },
  ],
  sub: [
    { operands: [f32([2], 1, 0), f32([2], 3, 0)], attrs: none, expected: f32([2], -2, 0) },
    { operands: [u8([1], 3), u8([1], 5)], attrs: none, expected: u8([1], 254) },
    { operands: [i32([1], -(2 ** 31)), i32([1], 1)], attrs: none, expected: i32([1], 2 ** 31 - 1) },
  ],
  mul: [
    { operands: [f32([3], 0.1, -0, inf), f32([3], 3, 5, 0)], attrs: none, expected: f32([3], Math.fround(0.1) * 3, -0, NaN) },
    { operands: [i32([1], 123456789), i32([1], 987654321)], attrs: none, expected: i32([1], -67153019) },
    { operands: [u8([2], 200, 3), u8([2], 2, 3)], attrs: none, expected: u8([2], 144, 9) },
  ],
  div: [
    { operands: [f32([4], 1, 1, -1, 0), f32([4], 3, 0, 0, 0)], attrs: none, expected: f32([4], 1 / 3, inf, -inf, NaN) },
    { operands: [f64([2], 1, 7), f64([], 3)], attrs: none, expected: f64([2], 1 / 3, 7 / 3) },
  ],
  pow: [
    {
      operands: [f32([6], 2, 0.3, 10, 1.5, -2, 0), f32([6], 0.5, -1.7, -3, 12.25, 3, 0)],
      attrs: none,
      expected: f32([6], 1.4142135623730951, 7.742725577066099, 0.001, 143.58792629088344, -8, 1),
      ulp: 4,
    },
    { operands: [f64([4], 2, -2, -2, 0), f64([4], 0.5, 0.5, 2, -1)], attrs: none, expected: f64([4], 1.4142135623730951, NaN, 4, inf), ulp: 2 },
  ],
  maximum: [
    { operands: [left, right], attrs: none, expected: f32([6], 2, 2, 3, NaN, 0, inf) },
    { operands: [f32([3], -0, 1, NaN), f32([3], 0, NaN, 1)], attrs: none, expected: f32([3], -0, NaN, NaN) },
    { operands: [i32([2], -5, 3), i32([], -4)], attrs: none, expected: i32([2], -4, 3) },
    { operands: [u8([2], 200, 3), u8([2], 100, 4)], attrs: none, expected: u8([2], 200, 4) },
  ],
  minimum: [
    { operands: [left, right], attrs: none, expected: f32([6], 1, 2, 1, NaN, 0, 1) },
    { operands: [f64([3], -0, 1, NaN), f64([3], 0, NaN, 1)], attrs: none, expected: f64([3], -0, NaN, NaN) },
    { operands: [i32([2], -5, 3), i32([], -4)], attrs: none, expected: i32([2], -5, -4) },
  ],
  equal: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 1, 0, 0, 1, 0) },
    { operands: [truthA, truthB], attrs: none, expected: bool([4], 1, 0, 0, 1) },
  ],
  notEqual: [
    { operands: [left, right], attrs: none, expected: bool([6], 1, 0, 1, 1, 0, 1) },
    { operands: [f64([2], 1, 2), f64([], 1)], attrs: none, expected: bool([2], 0, 1) },
  ],
  less: [
    { operands: [left, right], attrs: none, expected: bool([6], 1, 0, 0, 0, 0, 0) },
    { operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 0, 0) },
  ],
  lessEqual: [{ operands: [left, right], attrs: none, expected: bool([6], 1, 1, 0, 0, 1, 0) }],
  greater: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 0, 1, 0, 0, 1) },
    { operands: [u8([2], 200, 1), u8([2], 100, 1)], attrs: none, expected: bool([2], 1, 0) },
  ],
  greaterEqual: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 1, 1, 0, 1, 1) },
    { operands: [i32([3], -1, 0, 1), i32([1], 0)], attrs: none, expected: bool([3], 0, 1, 1) },
  ],
  logicalAnd: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 0, 0, 1) }],
  logicalOr: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 1, 1) }],
  logicalXor: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 1, 0) }],
  where: [
    { operands: [bool([2, 1], 1, 0), f32([3], 1, 2, NaN), f32([], -0)], attrs: none, expected: f32([2, 3], 1, 2, NaN, -0, -0, -0) },
    { operands: [truthA, bool([], 1), truthB], attrs: none, expected: bool([4], 0, 1, 1, 1) },
    { operands: [bool([], 0), i32([2], 1, 2), i32([2], 3, 4)], attrs: none, expected: i32([2], 3, 4) },
  ],
  iota: [
    { operands: [], attrs: { shape: [2, 3], axis: 1, dtype: 'float32' }, expected: f32([2, 3], 0, 1, 2, 0, 1, 2) },
    { operands: [], attrs: { shape: [2, 2], axis: 0, dtype: 'int32' }, expected: i32([2, 2], 0, 0, 1, 1) },
    { operands: [], attrs: { shape: [0], axis: 0, dtype: 'float64' }, expected: f64([0]) },
  ],
  oneHot: [
    { operands: [i32([2], 2, 0)], attrs: { depth: 3, dtype: 'float32' }, expected: f32([2, 3], 0, 0, 1, 1, 0, 0) },
    { operands: [i32([], 1)], attrs: { depth: 2, dtype: 'bool' }, expected: bool([2], 0, 1) },
  ],
  gather: [
    { operands: [matrix, i32([3], 1, 0, -1)], attrs: { axis: 0 }, expected: f32([3, 3], 4, 5, 6, 1, 2, 3, 4, 5, 6) },
    { operands: [matrix, i32([2, 1], -3, 2)], attrs: { axis: 1 }, expected: f32([2, 2, 1], 1, 3, 4, 6) },
    { operands: [u8([3], 7, 8, 9), i32([], 2)], attrs: { axis: 0 }, expected: u8([], 9) },
  ],
  random: [
    { operands: [state], attrs: { shape: [6], distribution: 'bits', dtype: 'int32' }, expected: i32([6], 1379773583, -28114918, -551303317, 1088880164, 460068766, 1309927800) },
    {
      operands: [state],
      attrs: { shape: [2, 3], distribution: 'uniform', dtype: 'float32' },
      expected: f32([2, 3], 0.32125353813171387, 0.9934539794921875, 0.8716396689414978, 0.25352466106414795, 0.10711807012557983, 0.30499130487442017),
    },
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'uniform', dtype: 'float64' },
      expected: f64([6], 0.321253568277026, 0.9934539855478389, 0.8716396935345062, 0.25352466967254517, 0.10711810672311617, 0.30499132755926306),
    },
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'normal', dtype: 'float64' },
      expected: f64([6], 0.843778549189392, 1.2187186268623378, -0.6360492245840599, 0.42824322473945986, 0.4051565244539854, 0.8195954500182653),
      ulp: 4,
    },
    // The angle 2π·u is rounded to float32, which costs some ulp where the cosine is small.
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'normal', dtype: 'float32' },
      expected: f32([6], 0.8437785200285052, 1.2187176238880453, -0.6360486062950194, 0.42824329066386646, 0.4051563882739796, 0.8195954061226579),
      ulp: 24,
    },
  ],
  reshape: [
    { operands: [matrix], attrs: { shape: [3, 2] }, expected: f32([3, 2], 1, 2, 3, 4, 5, 6) },
    { operands: [i32([1, 1], 7)], attrs: { shape: [] }, expected: i32([], 7) },
    { operands: [f32([0, 3])], attrs: { shape: [3, 0, 2] }, expected: f32([3, 0, 2]) },
  ],
  permute: [
    { operands: [matrix], attrs: { axes: [1, 0] }, expected: f32([3, 2], 1, 4, 2, 5, 3, 6) },
    { operands: [u8([1, 2, 3], 1, 2, 3, 4, 5, 6)], attrs: { axes: [2, 0, 1] }, expected: u8([3, 1, 2], 1, 4, 2, 5, 3, 6) },
  ],
  broadcastTo: [
    { operands: [column], attrs: { shape: [2, 2, 3] }, expected: f32([2, 2, 3], 10, 10, 10, 20, 20, 20, 10, 10, 10, 20, 20, 20) },
    { operands: [bool([], 1)], attrs: { shape: [2] }, expected: bool([2], 1, 1) },
  ],
  slice: [
    { operands: [matrix], attrs: { starts: [0, 1], sizes: [2, 2], steps: [1, 1] }, expected: f32([2, 2], 2, 3, 5, 6) },
    { operands: [matrix], attrs: { starts: [1, 2], sizes: [2, 2], steps: [-1, -2] }, expected: f32([2, 2], 6, 4, 3, 1) },
    { operands: [matrix], attrs: { starts: [2, 0], sizes: [0, 3], steps: [1, 1] }, expected: f32([0, 3]) },
  ],
  sum: [
    { operands: [matrix], attrs: { axes: [1], keepDims: false }, expected: f32([2], 6, 15) },
    { operands: [matrix], attrs: { axes: [0], keepDims: true }, expected: f32([1, 3], 5, 7, 9) },
    { operands: [matrix], attrs: { axes: [0, 1], keepDims: false }, expected: f32([], 21) },
    { operands: [matrix], attrs: { axes: [0, 1], keepDims: true }, expected: f32([1, 1], 21) },
    { operands: [f64([2, 2], 1, NaN, inf, 1)], attrs: { axes: [1], keepDims: false }, expected: f64([2], NaN, inf) },
    { operands: [i32([2], 2 ** 31 - 1, 1)], attrs: { axes: [0], keepDims: false }, expected: i32([], -(2 ** 31)) },
    { operands: [f32([2, 0])], attrs: { axes: [1], keepDims: false }, expected: f32([2], 0, 0) },
  ],
  prod: [
    { operands: [matrix], attrs: { axes: [1], keepDims: false }, expected: f32([2], 6, 120) },
    { operands: [i32([2], 65536, 65537)], attrs: { axes: [0], keepDims: true }, expected: i32([1], 65536) },
    { operands: [f64([0])], attrs: { axes: [0], keepDims: false }, expected: f64([], 1) },
  ],
  max: [
    { operands: [f32([3, 2], 1, -2, 3, NaN, -5, 4)], attrs: { axes: [0], keepDims: false }, expected: f32([2], 3, NaN) },
    { operands: [f32([2], -inf, -inf)], attrs: { axes: [0], keepDims: false }, expected: f32([], -inf) },
    { operands: [i32([3], -(2 ** 31), -3, -9)], attrs: { axes: [0], keepDims: true }, expected: i32([1], -3) },
    { operands: [u8([2], 200, 100)], attrs: { axes: [0], keepDims: false }, expected: u8([], 200) },
  ],
  min: [
    { operands: [f64([2, 2], 1, -2, NaN, 3)], attrs: { axes: [1], keepDims: false }, expected: f64([2], -2, NaN) },
    { operands: [i32([3], 5, -3, 9)], attrs: { axes: [0], keepDims: false }, expected: i32([], -3) },
    { operands: [u8([2], 200, 100)], attrs: { axes: [0], keepDims: false }, expected: u8([], 100) },
  ],
  matmul: [
    { operands: [matrix, f32([3, 2], 1, 0, 0, 1, 2, -1)], attrs: none, expected: f32([2, 2], 7, -1, 16, -1) },
    { operands: [f64([2, 1, 2], 1, 2, 3, 4), f64([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8)], attrs: none, expected: f64([2, 1, 2], 7, 10, 43, 50) },
    { operands: [i32([1, 2], 65536, 1), i32([2, 2], 65536, 3, 4, 5)], attrs: none, expected: i32([1, 2], 4, 196613) },
    { operands: [f32([2, 0]), f32([0, 2])], attrs: none, expected: f32([2, 2], 0, 0, 0, 0) },
  ],
  concat: [
    { operands: [matrix, column], attrs: { axis: 1 }, expected: f32([2, 4], 1, 2, 3, 10, 4, 5, 6, 20) },
    { operands: [u8([1], 1), u8([0]), u8([2], 2, 3)], attrs: { axis: 0 }, expected: u8([3], 1, 2, 3) },
  ],
  pad: [
    { operands: [column], attrs: { shape: [3, 2], starts: [1, 0], steps: [1, 1], value: -1 }, expected: f32([3, 2], -1, -1, 10, -1, 20, -1) },
    { operands: [i32([2], 1, 2)], attrs: { shape: [5], starts: [3], steps: [-2], value: 9 }, expected: i32([5], 9, 2, 9, 1, 9) },
    { operands: [f64([0])], attrs: { shape: [2], starts: [0], steps: [1], value: inf }, expected: f64([2], inf, inf) },
  ],
  scatterAdd: [
    { operands: [f32([3, 2], 1, 2, 3, 4, 5, 6), i32([3], 1, -1, 1)], attrs: { axis: 0, size: 3 }, expected: f32([3, 2], 0, 0, 6, 8, 3, 4) },
    { operands: [i32([2, 2], 1, 2, 3, 4), i32([2], 0, 0)], attrs: { axis: 1, size: 2 }, expected: i32([2, 2], 3, 0, 7, 0) },
  ],
  permutation: [
    { operands: [state], attrs: { size: 8 }, expected: i32([8], 4, 3, 6, 5, 0, 7, 2, 1) },
    { operands: [state], attrs: { size: 0 }, expected: i32([0]) },
  ],
}
