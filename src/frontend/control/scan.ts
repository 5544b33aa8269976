import { dynamicSlice, setSlice } from '../../ops/calls/index.ts'
import { passNumberType } from '../../ir/control.ts'
import { scalarTensor } from '../eager.ts'
import { zeros } from '../fill.ts'
import { sub } from '../functions/elementwise.ts'
import { stack } from '../functions/structure.ts'
import type { Recorder } from '../recorder.ts'
import { Tensor } from '../tensor.ts'
import { requireFunctions, separate } from './cond.ts'
import { scannedInvalid, scanResultInvalid } from './errors.ts'
import { isTensorLike, leafTensor } from './leaves.ts'
import { traceLoop } from './loop.ts'
import { loopOptions, type LoopOptions } from './loop-options.ts'
import { structureOf, type Leaf, type Structure } from './structure.ts'
import { recorderInUse, TracedRegion } from './trace-region.ts'

export interface ScanOptions extends LoopOptions {
  /** From the last element to the first. Results keep the places of what they were made from. Default false. */
  readonly reverse?: boolean
}

/**
 * Goes over the first axis of `xs`, which may be arrays and objects of tensors: `body(state, xs[i])` gives the next state and a result.
 * Returns the last state, and the results stacked along a first axis.
 *
 * @throws SCAN_INPUT_INVALID, SCAN_RESULT_INVALID, LOOP_STATE_MISMATCH, CONTROL_STRUCTURE, HOST_READ_IN_REGION, BACKWARD_THROUGH_PASSES
 * @example scan((sum, x) => [sum.add(x), sum.add(x)], tensor(0), tensor([1, 2, 3]))[1].toArray() // [1, 3, 6]
 */
export function scan<S, X, Y>(
  body: (state: S, x: X) => readonly [S, Y],
  init: S,
  xs: X,
  options?: ScanOptions,
): [state: S, ys: Y] {
  requireFunctions('scan', body)
  const { reverse = false, checkpoint = false } = loopOptions('scan', options, ['reverse'])
  const scanned = structureOf(xs)
  const length = lengthOf(scanned)
  const at = (index: Tensor): X =>
    scanned.rebuild(scanned.leaves.map(({ value }) => elementOf(value as Tensor, index))) as X // lengthOf has checked them
  const step = (state: unknown, index: Tensor): readonly [unknown, Structure] => {
    const result: unknown = body(state as S, at(index)) // states have the form of `init`
    if (!Array.isArray(result) || result.length !== 2) throw scanResultInvalid(result)
    const ys = structureOf(result[1])
    return [result[0], ys]
  }
  const recorder = recorderInUse()
  return (
    recorder ? traceScan(recorder, step, init, length, { reverse, checkpoint }) : runScan(step, init, length, reverse)
  ) as [S, Y] // what the body returns
}

type Step = (state: unknown, index: Tensor) => readonly [state: unknown, ys: Structure]

function runScan(step: Step, init: unknown, length: number, reverse: boolean): [unknown, unknown] {
  let state = separate(init)
  const steps: Structure[] = []
  for (let pass = 0; pass < length; pass++) {
    const [next, ys] = step(state, scalarTensor(reverse ? length - 1 - pass : pass, 'int32'))
    state = separate(next)
    steps.push(snapshot(ys))
  }
  const inOrder = reverse ? steps.reverse() : steps
  const [first] = inOrder
  return [
    state,
    first!.rebuild(first!.leaves.map((_, i) => stack(inOrder.map(({ leaves }) => strongLeaf(leaves[i]!.value))))),
  ]
}

/** What one step gives, as it is then: a variable may change until the steps are stacked. */
function snapshot(ys: Structure): Structure {
  const copied = ({ path, value }: Leaf): Leaf => ({
    path,
    value: value instanceof Tensor && value.storage.isVariable ? value.clone() : value,
  })
  return { ...ys, leaves: ys.leaves.map(copied) }
}

function traceScan(
  recorder: Recorder,
  step: Step,
  init: unknown,
  length: number,
  { reverse, checkpoint }: Required<ScanOptions>,
): unknown {
  const indexOf = (pass: Tensor): Tensor => (reverse ? sub(length - 1, pass) : pass)
  // What one step gives says how large the stacks of results are.
  const probe = new TracedRegion(recorder, 'scan: the body')
  const { result: form } = probe.trace(
    () => {},
    () => step(init, probe.give('pass', passNumberType))[1],
  )
  const types = form.leaves.map(({ value }) => strongLeaf(value).type)
  probe.scope.isClosed = true
  const [state, stacks] = traceLoop(recorder, {
    name: 'scan',
    count: leafTensor(length, 'int32'),
    body: (pass, carried) => {
      const [before, filled] = carried as [unknown, Tensor[]] // as `init` below
      const index = indexOf(pass)
      const [after, ys] = step(before, index)
      if (ys.form !== form.form) throw scanResultInvalid(ys.rebuild([]))
      const rows = ys.leaves.map(({ value }) => strongLeaf(value))
      return [after, filled.map((whole, i) => put(whole, rows[i]!, index))]
    },
    init: [init, types.map(({ dtype, shape }) => zeros([length, ...shape], { dtype }))],
    checkpoint,
  }) as [unknown, Tensor[]] // the form of `init`
  return [state, form.rebuild(stacks)]
}

const elementOf = (x: Tensor, index: Tensor): Tensor => {
  const [, ...shape] = x.shape
  return (dynamicSlice(x, index, [1, ...shape], { inBounds: true }) as Tensor).reshape(shape) // the eager interpreter only makes tensors
}

const put = (whole: Tensor, row: Tensor, index: Tensor): Tensor =>
  setSlice(whole, row.reshape([1, ...row.shape]), index, { inBounds: true }) as Tensor // as above

/** A result of one step as a tensor that can be stacked. */
function strongLeaf(value: unknown): Tensor {
  if (!isTensorLike(value)) throw scanResultInvalid(value)
  const tensor = leafTensor(value)
  return tensor.weak ? tensor.cast('float32') : tensor
}

function lengthOf({ leaves }: Structure): number {
  const sizes = leaves.map(({ value, path }) => {
    if (!(value instanceof Tensor) || value.rank === 0) throw scannedInvalid(`xs${path} has no axis to go along`)
    return value.shape[0]!
  })
  const [length] = sizes
  if (length === undefined) throw scannedInvalid('there is no tensor in xs')
  if (length === 0 || sizes.some((size) => size !== length))
    throw scannedInvalid(`the first axes have sizes ${[...new Set(sizes)].join(', ')}`)
  return length
}
