import { elementCount } from '../../base/shape.ts'
import type { Value } from '../interpreter.ts'
import { mul } from './arithmetic.ts'
import { permute, reshape } from './reshape.ts'
import { placeInto, sliceSteps } from './place.ts'

/**
 * Each element replaced by the product of the other elements along `axes` (sorted). No division, so zeros are exact, to any order of
 * differentiation: running products from both sides, by doubling in log₂ n steps.
 */
export function productOfOthers(x: Value, axes: readonly number[]): Value {
  const shape = x.type.shape
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis))
  const order = [...kept, ...axes]
  const rows = elementCount(kept.map((axis) => shape[axis]!))
  const count = elementCount(axes.map((axis) => shape[axis]!))
  const lines = reshape(permute(x, order), [rows, count])
  const others = count === 0 ? lines : mul(productBefore(lines), reversed(productBefore(reversed(lines))))
  return permute(
    reshape(
      others,
      order.map((axis) => shape[axis]!),
    ),
    order.map((_, axis) => order.indexOf(axis)),
  )
}

/** result[i, j] = x[i, 0] · … · x[i, j−1] */
function productBefore(x: Value): Value {
  const count = x.type.shape[1]!
  let products = shifted(x, 1)
  for (let reach = 1; reach < count - 1; reach *= 2) products = mul(products, shifted(products, reach))
  return products
}

/** Along the last axis by `distance`, filled with ones. */
function shifted(x: Value, distance: number): Value {
  const [rows, count] = x.type.shape as readonly [number, number] // lines are [rows, count]
  const kept = sliceSteps(x, [0, 0], [rows, count - distance], [1, 1])
  return placeInto(kept, [rows, count], [0, distance], [1, 1], 1)
}

const reversed = (x: Value): Value => {
  const [rows, count] = x.type.shape as readonly [number, number] // lines are [rows, count]
  return sliceSteps(x, [0, count - 1], [rows, count], [1, -1])
}
