import * as k from '../../../src/kernel/builder.ts'
import type { Buffer, Expr, Kernel, Statement, Variable } from '../../../src/kernel/ir.ts'

/** c = a · b with tiles of `rows` × 4·`vectors`, by one accumulator per element over k. Sizes are multiples of the tile. */
export function gemmKernel(
  { m, n, depth }: { m: number; n: number; depth: number },
  tile: { rows: number; vectors: number },
  { a, b, c }: { a: Buffer; b: Buffer; c: Buffer },
): Kernel {
  const [i, j, l] = [{ name: 'i' }, { name: 'j' }, { name: 'k' }]
  const variable = (name: string): Variable => ({ name, type: k.register('f32', 4) })
  const bind = (bound: Variable, value: Expr): Statement => ({ kind: 'let', variable: bound, value })
  const left = Array.from({ length: tile.rows }, (_, row) => variable(`a${row}`))
  const right = Array.from({ length: tile.vectors }, (_, column) => variable(`b${column}`))
  const sums = left.flatMap((_, row) =>
    right.map((__, column) => ({ row, column, sum: variable(`sum${row}${column}`) })),
  )
  const step: Statement[] = [
    ...left.map((bound, row) =>
      bind(bound, k.load(a, k.at(k.affine(row * depth, { index: i!, stride: depth }, { index: l!, stride: 1 })), 4, 0)),
    ),
    ...right.map((bound, column) =>
      bind(bound, k.load(b, k.at(k.affine(column * 4, { index: l!, stride: n }, { index: j!, stride: 1 })), 4, 1)),
    ),
    ...sums.map(({ row, column, sum }): Statement => ({
      kind: 'assign',
      variable: sum,
      value: k.fma(k.read(left[row]!), k.read(right[column]!), k.read(sum)),
    })),
  ]
  const tileBody: Statement[] = [
    ...sums.map(({ sum }) => bind(sum, k.f32(0, 4))),
    { kind: 'loop', index: l!, extent: depth, step: 1, body: step },
    ...sums.map(({ row, column, sum }): Statement => ({
      kind: 'store',
      buffer: c,
      at: k.at(k.affine(row * n + column * 4, { index: i!, stride: n }, { index: j!, stride: 1 })),
      value: k.read(sum),
      laneStride: 1,
    })),
  ]
  const columns: Statement = { kind: 'loop', index: j!, extent: n, step: 4 * tile.vectors, body: tileBody }
  const body: Statement[] = [
    { kind: 'comment', text: `tiles of ${tile.rows} x ${4 * tile.vectors}` },
    { kind: 'loop', index: i!, extent: m, step: tile.rows, body: [columns] },
  ]
  return { name: 'gemm', reads: [a, b], writes: [c], scratch: [], body, sources: [] }
}
