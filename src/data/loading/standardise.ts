import { noGrad } from '../../frontend/context.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { isFloat } from '../../base/dtype.ts'
import { where } from '../../frontend/functions/elementwise.ts'
import { givenText } from '../../ops/errors.ts'
import { shapeText } from '../../base/shape.ts'
import { notFiniteColumn, notStandardisable } from './errors.ts'

/** Data with mean 0 and deviation 1 in each column, and what it takes to treat other data alike. */
export interface Standardised {
  readonly values: Tensor
  /** Of each column. */
  readonly mean: Tensor
  /** Population standard deviation of each column, √(Σ(x − mean)² / n); 1 where all rows are equal, so that such a column becomes 0. */
  readonly std: Tensor
  /** (x − mean) / std, for new data. */
  readonly apply: (x: Tensor) => Tensor
  /** x · std + mean: back to the units of the data. */
  readonly invert: (x: Tensor) => Tensor
}

/**
 * Shifts and scales the columns of `x` (what its first axis runs over are rows): (x − mean) / std. Integers become float32.
 *
 * @throws STANDARDISE_INVALID when there are no rows, or a column is not finite
 */
export function standardise(x: Tensor): Standardised {
  if (!(x instanceof Tensor)) throw notStandardisable(givenText(x))
  if (!(x.shape[0]! >= 1)) throw notStandardisable(`a tensor of shape ${shapeText(x.shape)}`)
  return noGrad(() => {
    const rows = isFloat(x.dtype) ? x.detach() : x.cast('float32')
    // The mean of equal numbers may be rounded, and their deviation then is not quite 0.
    const isConstant = rows.max(0).equal(rows.min(0))
    const mean = where(isConstant, rows.min(0), rows.mean(0))
    const std = where(isConstant, 1, rows.sub(mean).square().mean(0).sqrt())
    const odd = mean
      .add(std)
      .data()
      .findIndex((value: number) => !Number.isFinite(value))
    if (odd >= 0) throw notFiniteColumn(odd)
    const apply = (given: Tensor): Tensor => given.sub(mean).div(std)
    return { values: apply(rows), mean, std, apply, invert: (given) => given.mul(std).add(mean) }
  })
}
