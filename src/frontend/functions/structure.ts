import * as calls from '../../ops/calls/index.ts'
import { lift } from './lift.ts'

/** Sum of elements; bool and uint8 add up as int32, and int32 wraps. The sum of none is 0. */
export const sum = lift(calls.sum)
/** Sum divided by the number of elements; integers as float32. The mean of none is NaN. */
export const mean = lift(calls.mean)
/**
 * Mean squared distance from the mean, in two passes; integers as float32.
 *
 * @param correction the divisor is the number of elements less this: 0 for the variance of the elements, 1 to estimate that of a
 *   population they are drawn from
 */
export const variance = lift(calls.variance)
/** Product of elements; bool and uint8 multiply as int32, and int32 wraps. The product of none is 1. */
export const prod = lift(calls.prod)
/**
 * Largest element; NaN if any is NaN. bool counts as int32.
 *
 * @throws GryphError REDUCE_EMPTY when there is nothing to compare
 */
export const max = lift(calls.max)
/**
 * Smallest element; NaN if any is NaN. bool counts as int32.
 *
 * @throws GryphError REDUCE_EMPTY when there is nothing to compare
 */
export const min = lift(calls.min)
/**
 * Position of the largest element along `axis`, or in row-major order when it is left out: the first one at ties; NaN counts as largest.
 *
 * @returns int32
 */
export const argmax = lift(calls.argmax)
/**
 * Position of the smallest element along `axis`, or in row-major order when it is left out: the first one at ties; NaN counts as smallest.
 *
 * @returns int32
 */
export const argmin = lift(calls.argmin)
/**
 * The elements in row-major order with another shape.
 *
 * @param shape sizes with the same product; one may be −1, to be worked out
 * @throws GryphError RESHAPE_SIZES when the numbers of elements differ
 */
export const reshape = lift(calls.reshape)
/** All elements along one axis, in row-major order. */
export const flatten = lift(calls.flatten)
/** Two axes swapped, or all axes in reverse when none are given. */
export const transpose = lift(calls.transpose)
/**
 * The axes in another order: axis i of the result is axis axes[i] of x.
 *
 * @throws GryphError AXES_NOT_PERMUTATION unless each axis is named once
 */
export const permute = lift(calls.permute)
/** A new axis of size 1 at `axis` of the result. */
export const expandDims = lift(calls.expandDims)
/** Axes of size 1 removed: those named, or all. */
export const squeeze = lift(calls.squeeze)
/** Repeats axes of size 1 to fit `shape`, by NumPy's broadcasting rules. */
export const broadcastTo = lift(calls.broadcastTo)
/**
 * Part of a tensor: one range per axis, in order; axes without a range are kept whole.
 *
 * @throws GryphError INDEX_OUT_OF_RANGE for a position outside its axis; SLICE_INVALID for a bound that is no whole number
 * @example slice(x, [[0, 5], [null, null, 2], 3]) // x[0:5, ::2, 3] in NumPy
 */
export const slice = lift(calls.slice)
/**
 * Tensors one after another along an existing axis; the other axes have equal sizes, dtypes are promoted.
 *
 * @throws GryphError SHAPE_MISMATCH when another axis differs in size
 */
export const concat = lift(calls.concat)
/**
 * Tensors of one shape one after another along a new axis; dtypes are promoted, and plain numbers alone become float32.
 *
 * @param axis of the result
 * @throws GryphError SHAPE_MISMATCH when shapes differ
 */
export const stack = lift(calls.stack)
/**
 * `x` framed by `value`.
 *
 * @param widths one number for all ends, or one [before, after] per axis
 * @throws GryphError PAD_WIDTHS unless the widths are whole, not negative, and one pair per axis
 * @example pad(ones([2]), [[1, 2]]) // [0, 1, 1, 0, 0]
 */
export const pad = lift(calls.pad)
/**
 * Elements of `x` at `indices` along `axis`.
 *
 * @param indices integers −n … n − 1 for an axis of size n, negative ones counting from the end
 * @returns shape x.shape[:axis] + indices.shape + x.shape[axis+1:]
 * @throws GryphError INDEX_OUT_OF_RANGE
 */
export const gather = lift(calls.gather)
/** `gather` under NumPy's name. */
export const take = lift(calls.take)
/**
 * 1 at the position of each label and 0 elsewhere, along a new last axis of size `depth`.
 *
 * @param labels integers 0 … depth − 1
 * @throws GryphError LABEL_OUT_OF_RANGE
 */
export const oneHot = lift(calls.oneHot)
/**
 * Matrix product over the last two axes; the others broadcast. A 1-D operand is a row on the left, a column on the right, and its
 * axis is not in the result.
 *
 * @param a shape [..., m, k] or [k]; float32, float64 or int32
 * @param b shape [..., k, n] or [k]
 * @returns shape [..., m, n]. Each element adds k products in index order; where b is one column (n = 1 or 1-D), in the order of `sum`.
 * @throws GryphError MATMUL_INNER_SIZES when the two k differ
 * @example matmul(ones([2, 3]), ones([3, 4])).shape // [2, 4]
 */
export const matmul = lift(calls.matmul)
/** Sum of products over the last axis of both operands, which broadcast: the scalar product of two 1-D tensors. */
export const dot = lift(calls.dot)
/** a[i] · b[j] of two 1-D tensors: shape [m, n]. */
export const outer = lift(calls.outer)
/** eˣ / Σ eˣ along `axis`. */
export const softmax = lift(calls.softmax)
/** ln softmax x along `axis`, without overflow or loss near 0. */
export const logSoftmax = lift(calls.logSoftmax)
/** ln Σ eˣ along `axis` (one, several, or all when left out), without overflow; −∞ where all elements are −∞. */
export const logSumExp = lift(calls.logSumExp)
