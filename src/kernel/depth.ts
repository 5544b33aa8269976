import { affine } from './builder.ts'
import type { Names } from './binding.ts'
import type { Affine, LoopIndex, Statement } from './ir.ts'

/** Loops over the summed axes of a contraction, in the order of the sum. */
export interface DepthWalk {
  /** What the loops add to the address of each operand. */
  readonly offsets: readonly Affine[]
  around(body: readonly Statement[]): Statement
}

/** The fewest loops over axes of sizes `depth` along which each operand has one stride. */
export function walkDepth(depth: readonly number[], operands: readonly (readonly number[])[], names: Names): DepthWalk {
  const loops: { index: LoopIndex; extent: number; strides: number[] }[] = []
  depth.forEach((extent, axis) => {
    if (extent === 1 && depth.length > 1) return
    const strides = operands.map((operand) => operand[axis]!)
    const outer = loops.at(-1)
    if (outer?.strides.every((stride, i) => stride === strides[i]! * extent)) {
      outer.extent *= extent
      outer.strides = strides
    } else loops.push({ index: { name: names.next('k') }, extent, strides })
  })
  return {
    offsets: operands.map((_, i) => affine(0, ...loops.map(({ index, strides }) => ({ index, stride: strides[i]! })))),
    around: (body) => {
      if (loops.length === 0) loops.push({ index: { name: names.next('k') }, extent: 1, strides: [] })
      let statements = body
      for (const { index, extent } of loops.toReversed())
        statements = [{ kind: 'loop', index, extent, step: 1, body: statements }]
      return statements[0]!
    },
  }
}

/** Strides of axes of sizes `depth` that lie row-major, in steps of `step`. */
export function rowMajorDepth(depth: readonly number[], step: number): number[] {
  const strides = new Array<number>(depth.length)
  let stride = step
  for (let axis = depth.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= depth[axis]!
  }
  return strides
}
export const depthCount = (depth: readonly number[]): number => depth.reduce((count, extent) => count * extent, 1)
