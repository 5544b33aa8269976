import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import { operandsOf } from '../../src/kernel/operands.ts'

/** When a statement runs: the stretch between barriers it is in, and the pass of a parallel loop, if threads divide the kernel. */
interface Moment {
  readonly stretch: number
  readonly pass: string
}

/** What a computed address may be. */
const anyElement = -1

/**
 * Walks every pass of every loop and says what goes wrong when `output` lies where `input` does: an element read after it was overwritten,
 * or read by a thread that does not wait for another to overwrite it, or wait before. It shares nothing with the plan's own proof.
 */
export function overwriteFault(kernel: Kernel, input: Buffer, output: Buffer): string | undefined {
  const isDivided = kernel.body.some((statement) => statement.kind === 'loop' && statement.parallel)
  const indices = new Map<LoopIndex, number>()
  const writtenAt = new Map<number, Moment[]>()
  const readAt = new Map<number, Moment[]>()
  let fault: string | undefined
  const valueOf = ({ offset, terms }: Affine): number =>
    terms.reduce((sum, { index, stride }) => sum + stride * indices.get(index)!, offset)

  const touch = (at: Address, lanes: number, laneStride: number, moment: Moment, of: Map<number, Moment[]>): void => {
    const first = valueOf(at.affine)
    for (let lane = 0; lane < (at.dynamic ? 1 : lanes); lane++) {
      const element = at.dynamic ? anyElement : first + lane * laneStride
      const list = of.get(element) ?? []
      of.set(element, list)
      list.push(moment)
      if (of !== readAt) continue
      const isWritten = writtenAt.has(element) || writtenAt.has(anyElement) || (at.dynamic && writtenAt.size > 0)
      if (isWritten) fault ??= `element ${element} is read after it is overwritten`
    }
  }
  const expression = (expr: Expr, moment: Moment): void => {
    operandsOf(expr).forEach((operand) => expression(operand, moment))
    if (expr.kind === 'load' && expr.buffer === input)
      touch(expr.at, expr.valid ?? expr.type.lanes, expr.laneStride, moment, readAt)
  }
  const run = (body: readonly Statement[], moment: Moment): void => {
    for (const statement of body) {
      if (fault) return
      if (statement.kind === 'loop') {
        for (let i = 0; i < statement.extent; i += statement.step) {
          indices.set(statement.index, i)
          run(statement.body, statement.parallel ? { ...moment, pass: `${statement.index.name} ${i}` } : moment)
        }
      } else if (statement.kind === 'barrier') moment = { ...moment, stretch: moment.stretch + 1 }
      else if (statement.kind !== 'comment') {
        expression(statement.value, moment)
        if (statement.kind === 'check') expression(statement.ok, moment)
        if (statement.kind === 'store' && statement.buffer === input) fault ??= 'the input is stored to'
        if (statement.kind === 'store' && statement.buffer === output)
          touch(statement.at, statement.count ?? statement.value.type.lanes, statement.laneStride, moment, writtenAt)
      }
    }
  }
  run(kernel.body, { stretch: 0, pass: '' })
  if (fault || !isDivided) return fault
  const writesOf = (element: number): Moment[] =>
    element === anyElement
      ? [...writtenAt.values()].flat()
      : [...(writtenAt.get(element) ?? []), ...(writtenAt.get(anyElement) ?? [])]
  for (const [element, reads] of readAt)
    for (const read of reads)
      for (const write of writesOf(element))
        if (read.stretch === write.stretch && (read.pass === '' || read.pass !== write.pass))
          return `element ${element} is read and overwritten by threads that do not meet`
  return undefined
}
