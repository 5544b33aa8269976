import { InternalError } from '../../base/errors.ts'
import type { Dtype } from '../../base/dtype.ts'
import type { Statement } from '../../kernel/ir.ts'
import type { LaneAddresses } from './element-access.ts'
import { isContiguousAccess, laneMove, prepareAddresses } from './element-access.ts'
import type { KernelContext } from './kernel-context.ts'
import type { OpcodeName } from './opcodes.ts'
import { pushVector } from './vector-constant.ts'

type Store = Extract<Statement, { kind: 'store' }>

const scalarStore: { readonly [D in Dtype]: OpcodeName } = {
  float32: 'f32.store',
  float64: 'f64.store',
  int32: 'i32.store',
  uint8: 'i32.store8',
  bool: 'i32.store8',
}

/** Byte 0 of each 32-bit lane, side by side. */
const lowBytes = [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12]

/** Writes the first `count` lanes of the value. */
export function emitStore(context: KernelContext, store: Store): void {
  const { lanes } = store.value.type
  const count = store.count ?? lanes
  if (count > lanes) throw new InternalError(`a store to ${store.buffer.name} writes ${count} lanes of ${lanes}`)
  if (count === 0) return
  if (lanes === 1) return storeOnce(context, store, scalarStore[store.buffer.dtype], () => context.push(store.value))
  const isWide = store.buffer.dtype !== 'uint8' && store.buffer.dtype !== 'bool'
  const fillsRegister = count === (store.buffer.dtype === 'float64' ? 2 : 4)
  if (isContiguousAccess(store) && fillsRegister) {
    if (isWide) storeOnce(context, store, 'v128.store', () => context.push(store.value))
    else storeFourBytes(context, store)
  } else storeLanes(context, store, count)
}

function storeOnce(context: KernelContext, store: Store, op: OpcodeName, pushValue: () => void): void {
  const addresses = prepareAddresses(context, store, 1)
  const offset = addresses.push(0)
  pushValue()
  context.builder.emitNoted(store.buffer.name, op, offset)
  addresses.release()
}

function storeFourBytes(context: KernelContext, store: Store): void {
  const { builder } = context
  const value = holdValue(context, store)
  const addresses = prepareAddresses(context, store, 1)
  const offset = addresses.push(0)
  builder.emit('local.get', value)
  builder.emit('local.get', value)
  builder.emit('i8x16.shuffle', ...lowBytes)
  builder.emitNoted(store.buffer.name, 'v128.store32_lane', offset, 0)
  addresses.release()
  builder.giveBack(value, 'v128')
}

function storeLanes(context: KernelContext, store: Store, count: number): void {
  const { builder } = context
  const value = holdValue(context, store)
  const addresses = prepareAddresses(context, store, count)
  const firstSingle = isContiguousAccess(store) ? storeLanePair(context, store, count, value, addresses) : 0
  const { op, laneNumber } = laneMove(store.buffer, store.value.type.lanes, 'store')
  for (let lane = firstSingle; lane < count; lane++) {
    const offset = addresses.push(lane)
    builder.emit('local.get', value)
    builder.emitNoted(store.buffer.name, op, offset, laneNumber(lane))
  }
  addresses.release()
  builder.giveBack(value, 'v128')
}

/** Writes the first two 32-bit lanes at once where there are as many; returns how many lanes are written. */
function storeLanePair(
  context: KernelContext,
  store: Store,
  count: number,
  value: number,
  addresses: LaneAddresses,
): number {
  const { dtype, name } = store.buffer
  if (count < 2 || (dtype !== 'float32' && dtype !== 'int32')) return 0
  const offset = addresses.push(0)
  context.builder.emit('local.get', value)
  context.builder.emitNoted(name, 'v128.store64_lane', offset, 0)
  return 2
}

/** Evaluates the value into a local; masks become 0 and 1. */
function holdValue(context: KernelContext, store: Store): number {
  const { builder } = context
  context.push(store.value)
  if (store.value.type.scalar === 'bool') {
    pushVector(context, [1, 1, 1, 1], 'i32:1')
    builder.emit('v128.and')
  }
  const value = builder.borrow('v128')
  builder.emit('local.set', value)
  return value
}
