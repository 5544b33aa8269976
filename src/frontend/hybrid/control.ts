import * as calls from '../../ops/calls/index.ts'
import { context } from '../context.ts'
import { Tensor } from '../tensor.ts'

/** Whether a hybridized call is being recorded: then what a test says is not known yet. */
export const isRecording = (): boolean => context.recorder !== undefined && !context.recorder.firstHostRead

// STAND-IN until the control functions are there
export function cond(pred: Tensor, a: () => unknown, b: () => unknown): unknown {
  const one = a()
  const other = b()
  const pick = (x: unknown, y: unknown): unknown =>
    Array.isArray(x) ? x.map((each, i) => pick(each, (y as unknown[])[i])) : weakLike(calls.where(pred, x as Tensor, y as Tensor) as Tensor, x as Tensor)
  return pick(one, other)
}
const weakLike = (r: Tensor, like: Tensor): Tensor => {
  if (!like.weak || r.weak) return r
  const w = new Tensor(r.type, r.storage, { layout: r.layout, weak: true })
  context.recorder?.alias(w, r)
  return w
}
export function whileLoop(test: (state: unknown) => Tensor, body: (state: unknown) => unknown, init: unknown): unknown {
  let state = init
  for (let i = 0; i < 12; i++) {
    const go = test(state)
    const next = body(state)
    const old = state
    state = cond(go, () => next, () => old)
  }
  return state
}
