import { dtypeInfo, type Dtype, type TypedArray } from '../../src/base/dtype.ts'
import { elementCount, type TensorType } from '../../src/base/shape.ts'
import type { Flavour } from './program.ts'
import { Random } from './random.ts'

const specialFloats = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  1e-45,
  -3e-42,
  1.17549435e-38,
  3.4028234e38,
  -1e30,
  1e-30,
  16777217,
  0.1,
  -0.5,
  1,
  -1,
  88.8,
  -103.9,
  5e-324,
  1e308,
]
const specialIntegers = [0, 1, -1, 2, 255, 256, -(2 ** 31), 2 ** 31 - 1, 7, -128]

/** The elements of an input at one call (0, 1, 2), in row-major order. */
export function elementsOf({ dtype, shape }: TensorType, flavour: Flavour, seed: number, call: number): TypedArray {
  const random = new Random(seed * 3 + call)
  const elements = new dtypeInfo[dtype].array(elementCount(shape))
  for (let i = 0; i < elements.length; i++) elements[i] = elementOf(random, dtype, flavour)
  if (typeof flavour === 'object' && flavour.fails && call === 2 && elements.length > 0)
    elements[random.below(elements.length)] = flavour.limit + random.below(3)
  return elements
}

function elementOf(random: Random, dtype: Dtype, flavour: Flavour): number {
  if (dtype === 'bool') return random.below(2)
  if (typeof flavour === 'object') return random.below(flavour.limit)
  if (flavour === 'generator') return random.below(2 ** 32)
  if (!dtypeInfo[dtype].isFloat)
    return flavour === 'special' && random.chance(0.5) ? random.pick(specialIntegers) : random.below(200) - 100
  if (flavour === 'special' && random.chance(0.4)) return random.pick(specialFloats)
  if (flavour === 'whole') return random.below(9) - 4
  return (random.next() + random.next() + random.next() - 1.5) * 2
}

/** The number given for a number argument at one call: whole at every call, or at none. */
export const numberOf = (seed: number, call: number): number =>
  seed % 2 === 0 ? new Random(seed + call).below(9) - 4 : (new Random(seed + call).below(16) - 8) / 8 + 1 / 16
