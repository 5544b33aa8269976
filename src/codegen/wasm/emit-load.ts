import { InternalError } from '../../base/errors.ts'
import type { Dtype } from '../../base/dtype.ts'
import type { Expr } from '../../kernel/ir.ts'
import { isContiguousAccess, isUniformAccess, laneMove, prepareAddresses } from './element-access.ts'
import { isHalfVector } from './half-vector.ts'
import type { KernelContext } from './kernel-context.ts'
import type { OpcodeName } from './opcodes.ts'
import { pushZeroVector } from './vector-constant.ts'

type Load = Extract<Expr, { kind: 'load' }>

const scalarLoad: { readonly [D in Dtype]: OpcodeName } = {
  float32: 'f32.load',
  float64: 'f64.load',
  int32: 'i32.load',
  uint8: 'i32.load8_u',
  bool: 'i32.load8_u',
}

/** Leaves the loaded element or lanes on the stack. */
export function emitLoad(context: KernelContext, load: Load): void {
  if (load.type.lanes === 1) pushElement(context, load, scalarLoad[load.buffer.dtype])
  else if (isUniformAccess(load)) emitUniformLoad(context, load)
  // No instruction spreads two bytes over two lanes.
  else if (isContiguousAccess(load) && !(isByte(load) && load.type.lanes === 2)) emitContiguousLoad(context, load)
  else if (isEverySecond(load)) emitEverySecond(context, load)
  else emitGather(context, load)
}

/** One instruction that reads from lane 0's address on. */
function pushElement(context: KernelContext, load: Load, op: OpcodeName): void {
  const addresses = prepareAddresses(context, load, 1)
  const offset = addresses.push(0)
  context.builder.emitNoted(load.buffer.name, op, offset)
  addresses.release()
}

function emitUniformLoad(context: KernelContext, load: Load): void {
  const { dtype } = load.buffer
  if (dtype === 'float64') return pushElement(context, load, 'v128.load64_splat')
  if (dtype === 'float32' || dtype === 'int32') return pushElement(context, load, 'v128.load32_splat')
  pushElement(context, load, 'i32.load8_u')
  context.builder.emit('i32x4.splat')
  // Both halves of a 64-bit lane hold the byte, so that 32-bit lanes compare right for it too.
  if (dtype === 'bool') emitNotZero(context, 4)
}

function emitContiguousLoad(context: KernelContext, load: Load): void {
  const { dtype } = load.buffer
  if (!isByte(load)) return pushElement(context, load, isHalfVector(load.type) ? 'v128.load64_zero' : 'v128.load')
  pushElement(context, load, 'v128.load32_zero')
  context.builder.emit('i16x8.extend_low_i8x16_u')
  context.builder.emit('i32x4.extend_low_i16x8_u')
  if (dtype === 'bool') emitNotZero(context, 4)
}

const isByte = ({ buffer: { dtype } }: Load): boolean => dtype === 'bool' || dtype === 'uint8'

/**
 * Whether two loads side by side hold the lanes. They read one element past the last of four lanes, and three past that of three, which is
 * within the bytes behind every buffer.
 */
const isEverySecond = ({ buffer, at, laneStride, type, valid = type.lanes }: Load): boolean =>
  laneStride === 2 &&
  type.lanes === 4 &&
  valid >= 3 &&
  (buffer.dtype === 'float32' || buffer.dtype === 'int32') &&
  (at.dynamic === undefined || at.dynamic.type.lanes === 1)

/** Bytes of the 32-bit lanes 0 and 2 of two vectors. */
const evenLanes = [0, 2, 4, 6].flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3])

function emitEverySecond(context: KernelContext, load: Load): void {
  const addresses = prepareAddresses(context, load, 2)
  for (const lane of [0, 2]) {
    const offset = addresses.push(lane)
    context.builder.emitNoted(load.buffer.name, 'v128.load', offset)
  }
  context.builder.emit('i8x16.shuffle', ...evenLanes)
  addresses.release()
}

/** Lane by lane; lanes from `valid` on are 0. */
function emitGather(context: KernelContext, load: Load): void {
  const { builder } = context
  const { lanes } = load.type
  const count = load.valid ?? lanes
  if (count > lanes) throw new InternalError(`a load of ${load.buffer.name} has ${count} valid lanes of ${lanes}`)
  const { op, laneNumber } = laneMove(load.buffer, lanes, 'load')
  const addresses = prepareAddresses(context, load, count)
  // A lane load takes its address from below the vector, so all addresses go on the stack first, the last lane's deepest.
  const offsets = new Array<number>(count).fill(0)
  for (let lane = count - 1; lane >= 0; lane--) offsets[lane] = addresses.push(lane)
  pushZeroVector(context)
  offsets.forEach((offset, lane) => builder.emitNoted(load.buffer.name, op, offset, laneNumber(lane)))
  addresses.release()
  if (load.buffer.dtype === 'bool') emitNotZero(context, lanes)
}

/** Turns lanes that hold a byte into masks. */
function emitNotZero(context: KernelContext, lanes: number): void {
  pushZeroVector(context)
  context.builder.emit(lanes === 2 ? 'i64x2.ne' : 'i32x4.ne')
}
