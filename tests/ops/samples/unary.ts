import { bool, f32, f64, i32, u8, type HostArray } from '../host-array.ts'
import type { SamplesOf } from './sample.ts'

const none = {}
const inf = Infinity
/** Points for functions of any float, special ones after the first four. */
const everywhere = f32([9], -2.5, -0.5, 0.75, 3, 0, -0, inf, -inf, NaN)
const everywhere64 = f64([9], ...everywhere.elements)
const aboveZero = f32([9], 0.25, 1, 2.5, 1000, 0, -0, inf, -1.5, NaN)
const aboveZero64 = f64([9], ...aboveZero.elements)
/** Of one function in both float dtypes: the four ordinary points, then the special ones. */
const both = (points: HostArray, points64: HostArray, ...expected: readonly number[]) =>
  [
    { operands: [points], attrs: none, expected: f32([9], ...expected), ulp: 2 },
    { operands: [points64], attrs: none, expected: f64([9], ...expected), ulp: 4 },
  ] as const

/** Values of functions are from the C library, through Python's `math`. */
export const unarySamples = {
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
    {
      operands: [f32([7], -1.5, -0.5, 0.5, 2, -0, inf, NaN)],
      attrs: none,
      expected: f32([7], -2, -1, 0, 2, -0, inf, NaN),
    },
    { operands: [f64([2], 2 ** 40 + 0.5, -(2 ** 40) - 0.5)], attrs: none, expected: f64([2], 2 ** 40, -(2 ** 40) - 1) },
  ],
  exp: [
    ...both(
      everywhere,
      everywhere64,
      0.0820849986238988,
      0.6065306597126334,
      2.117000016612675,
      20.085536923187668,
      1,
      1,
      inf,
      0,
      NaN,
    ),
    {
      operands: [f32([4], 88.5, 89, -100, -104)],
      attrs: none,
      expected: f32([4], 2.7230878250681117e38, inf, 3.720075976020836e-44, 0),
      ulp: 2,
    },
  ],
  expm1: [
    ...both(
      everywhere,
      everywhere64,
      -0.9179150013761013,
      -0.3934693402873666,
      1.1170000166126748,
      19.085536923187668,
      0,
      -0,
      inf,
      -1,
      NaN,
    ),
    { operands: [f64([1], 1e-5)], attrs: none, expected: f64([1], 1.0000050000166668e-5), ulp: 2 },
  ],
  log: both(
    aboveZero,
    aboveZero64,
    -1.3862943611198906,
    0,
    0.9162907318741551,
    6.907755278982137,
    -inf,
    -inf,
    inf,
    NaN,
    NaN,
  ),
  log1p: [
    ...both(
      aboveZero,
      aboveZero64,
      0.22314355131420976,
      0.6931471805599453,
      1.252762968495368,
      6.90875477931522,
      0,
      -0,
      inf,
      NaN,
      NaN,
    ),
    { operands: [f64([2], 1e-5, -1)], attrs: none, expected: f64([2], 9.999950000333332e-6, -inf), ulp: 2 },
  ],
  sin: both(
    everywhere,
    everywhere64,
    -0.5984721441039565,
    -0.479425538604203,
    0.6816387600233341,
    0.1411200080598672,
    0,
    -0,
    NaN,
    NaN,
    NaN,
  ),
  cos: both(
    everywhere,
    everywhere64,
    -0.8011436155469337,
    0.8775825618903728,
    0.7316888688738209,
    -0.9899924966004454,
    1,
    1,
    NaN,
    NaN,
    NaN,
  ),
  tanh: both(
    everywhere,
    everywhere64,
    -0.9866142981514303,
    -0.46211715726000974,
    0.6351489523872873,
    0.9950547536867305,
    0,
    -0,
    1,
    -1,
    NaN,
  ),
  sigmoid: both(
    everywhere,
    everywhere64,
    0.07585818002124355,
    0.3775406687981454,
    0.679178699175393,
    0.9525741268224334,
    0.5,
    0.5,
    1,
    0,
    NaN,
  ),
  erf: both(
    everywhere,
    everywhere64,
    -0.999593047982555,
    -0.5204998778130465,
    0.7111556336535151,
    0.9999779095030014,
    0,
    -0,
    1,
    -1,
    NaN,
  ),
  relu: [
    { operands: [f32([6], -1, 2, 0, -0, NaN, -inf)], attrs: none, expected: f32([6], 0, 2, 0, -0, NaN, 0) },
    { operands: [i32([3], -5, 0, 5)], attrs: none, expected: i32([3], 0, 0, 5) },
    { operands: [u8([1], 200)], attrs: none, expected: u8([1], 200) },
  ],
  logicalNot: [{ operands: [bool([2], 0, 1)], attrs: none, expected: bool([2], 1, 0) }],
  cast: [
    {
      operands: [f32([7], 1.9, -1.9, 3e9, -3e9, NaN, inf, -0)],
      attrs: { dtype: 'int32' },
      expected: i32([7], 1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1, 0),
    },
    { operands: [f64([3], 0.1, 1e39, -1e-60)], attrs: { dtype: 'float32' }, expected: f32([3], 0.1, inf, -0) },
    { operands: [f32([4], 0, -0, NaN, 0.5)], attrs: { dtype: 'bool' }, expected: bool([4], 0, 0, 1, 1) },
    { operands: [i32([4], 255, 256, -1, 300)], attrs: { dtype: 'uint8' }, expected: u8([4], 255, 0, 255, 44) },
    { operands: [i32([2], 2 ** 24 + 1, -3)], attrs: { dtype: 'float32' }, expected: f32([2], 2 ** 24, -3) },
    { operands: [u8([2], 0, 200)], attrs: { dtype: 'float64' }, expected: f64([2], 0, 200) },
    { operands: [bool([2], 0, 1)], attrs: { dtype: 'float32' }, expected: f32([2], 0, 1) },
  ],
} satisfies SamplesOf<
  | 'copy'
  | 'neg'
  | 'abs'
  | 'sign'
  | 'sqrt'
  | 'floor'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'relu'
  | 'logicalNot'
  | 'cast'
>
