import type { Layout } from '../base/layout.ts'
import type { Shape } from '../base/shape.ts'
import { addAffine } from './builder.ts'
import type { Affine, Lanes } from './ir.ts'

/** Adjacent axes walked as one: along it every access of the kernel has one stride. */
export interface Dimension {
  /** Outermost first, none of size 1. */
  readonly axes: readonly number[]
  readonly extent: number
}

/** The fewest dimensions that walk `shape`; axes are kept apart where `isBorder` says so or where an access does not run on evenly. */
export function mergeAxes(
  shape: Shape,
  accesses: readonly Layout[],
  isBorder: (outer: number, inner: number) => boolean = () => false,
): Dimension[] {
  const dimensions: { axes: number[]; extent: number }[] = []
  shape.forEach((size, axis) => {
    if (size === 1) return
    const last = dimensions.at(-1)
    const outer = last?.axes.at(-1)
    const merges =
      outer !== undefined &&
      !isBorder(outer, axis) &&
      accesses.every(({ strides }) => strides[outer] === strides[axis]! * size)
    if (last && merges) {
      last.axes.push(axis)
      last.extent *= size
    } else dimensions.push({ axes: [axis], extent: size })
  })
  return dimensions
}

/** Step of an access along a dimension. */
export const strideAlong = (dimension: Dimension, layout: Layout): number => layout.strides[dimension.axes.at(-1)!]!

/** Where accesses of one piece of code find their elements. Layouts are over the axes that `dimensions` cover. */
export interface Place {
  readonly lanes: Lanes
  /** Lanes that matter. */
  readonly valid: number
  address(layout: Layout): Affine
  laneStride(layout: Layout): number
}

export interface PlaceOptions {
  readonly lanes?: Lanes
  readonly valid?: number
  /** Which dimension the lanes lie along; without one all lanes are the same element. */
  readonly laneDimension?: number
}

export const origin: Affine = { offset: 0, terms: [] }

/** The place with `coordinates[d]` along dimension d (the origin when left out). */
export function placeAt(
  dimensions: readonly Dimension[],
  coordinates: readonly (Affine | undefined)[],
  options: PlaceOptions = {},
): Place {
  const lanes = options.lanes ?? 1
  const laneAxis = options.laneDimension === undefined || lanes === 1 ? undefined : dimensions[options.laneDimension]
  return {
    lanes,
    valid: options.valid ?? lanes,
    address: (layout) =>
      dimensions.reduce(
        (address, dimension, d) => {
          const coordinate = coordinates[d]
          return coordinate ? addAffine(address, coordinate, strideAlong(dimension, layout)) : address
        },
        { offset: layout.offset, terms: [] } as Affine,
      ), // a literal widens to never[]
    laneStride: (layout) => (laneAxis ? strideAlong(laneAxis, layout) : 0),
  }
}

/** coordinate + offset */
export const shifted = (coordinate: Affine, offset: number): Affine => ({
  offset: coordinate.offset + offset,
  terms: coordinate.terms,
})
