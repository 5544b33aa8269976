import {
  add,
  argmax,
  div,
  logSoftmax,
  logSumExp,
  maximum,
  mean,
  mul,
  prod,
  softmax,
  sub,
  sum,
  variance,
} from '../../src/ops/calls/index.ts'

/** Documented calls that programs make besides primitives: of operands, or of one and an axis. */
export const namedCalls = {
  add,
  argmax,
  div,
  logSoftmax,
  logSumExp,
  maximum,
  mean,
  mul,
  prod,
  softmax,
  sub,
  sum,
  variance,
}
export type CallName = keyof typeof namedCalls
