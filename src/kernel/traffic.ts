import { dtypeInfo } from '../base/dtype.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement } from './ir.ts'
import { operandsOf } from './operands.ts'

/** Bytes of memory that a kernel reads and writes at least, each element once however often it is touched; working memory is left out. */
export interface Traffic {
  readonly readBytes: number
  readonly writtenBytes: number
}

export function trafficOf(kernel: Kernel): Traffic {
  const touched = { reads: new Map<Buffer, Touched>(), writes: new Map<Buffer, Touched>() }
  visit(kernel.body, [], touched)
  const total = (of: ReadonlyMap<Buffer, Touched>): number => {
    let bytes = 0
    for (const [buffer, { elements, first, end }] of of) {
      if (kernel.scratch.includes(buffer)) continue
      bytes += Math.min(elements, end - first, buffer.elementCount) * dtypeInfo[buffer.dtype].byteSize
    }
    return bytes
  }
  return { readBytes: total(touched.reads), writtenBytes: total(touched.writes) }
}

interface Touched {
  /** Sum over the accesses; several to the same elements count more than once. */
  elements: number
  /** Range that holds them all. */
  first: number
  end: number
}
type Accesses = Readonly<Record<'reads' | 'writes', Map<Buffer, Touched>>>
type Loops = readonly { readonly index: LoopIndex; readonly extent: number; readonly step: number }[]

function visit(body: readonly Statement[], loops: Loops, accesses: Accesses): void {
  const read = (expr: Expr): void => {
    if (expr.kind === 'load')
      touch(accesses.reads, expr.buffer, expr.at, expr.laneStride, expr.valid ?? expr.type.lanes, loops)
    operandsOf(expr).forEach(read)
  }
  for (const statement of body) {
    switch (statement.kind) {
      case 'loop':
        visit(statement.body, [...loops, statement], accesses)
        break
      case 'store': {
        const { buffer, at, laneStride, value, count } = statement
        read(value)
        if (at.dynamic) read(at.dynamic)
        touch(accesses.writes, buffer, at, laneStride, count ?? value.type.lanes, loops)
        break
      }
      case 'let':
      case 'assign':
        read(statement.value)
        break
      case 'check':
        read(statement.ok)
        read(statement.value)
        break
      case 'barrier':
      case 'comment':
        break
    }
  }
}

function touch(
  map: Map<Buffer, Touched>,
  buffer: Buffer,
  { affine, dynamic }: Address,
  laneStride: number,
  lanes: number,
  loops: Loops,
): void {
  const { elements, first, end } = dynamic
    ? { elements: lanes * passes(loops), first: 0, end: buffer.elementCount }
    : affineRange(affine, laneStride, lanes, loops)
  const known = map.get(buffer)
  if (known === undefined) map.set(buffer, { elements, first, end })
  else {
    known.elements += elements
    known.first = Math.min(known.first, first)
    known.end = Math.max(known.end, end)
  }
}

const passes = (loops: Loops): number => loops.reduce((product, { extent, step }) => product * (extent / step), 1)

/** A loop that does not move the address touches the same elements in every pass. */
function affineRange({ offset, terms }: Affine, laneStride: number, lanes: number, loops: Loops): Touched {
  let [elements, first, end] = [laneStride === 0 ? 1 : lanes, offset, offset + 1]
  const extend = (reach: number): void => {
    if (reach < 0) first += reach
    else end += reach
  }
  extend(laneStride * (lanes - 1))
  for (const { index, extent, step } of loops) {
    const stride = terms.reduce((sum, term) => (term.index === index ? sum + term.stride : sum), 0)
    if (stride === 0) continue
    elements *= extent / step
    extend(stride * (extent - step))
  }
  return { elements, first, end }
}
