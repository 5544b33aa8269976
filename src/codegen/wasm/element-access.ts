import { dtypeInfo } from '../../base/dtype.ts'
import { InternalError } from '../../base/errors.ts'
import type { Address, Buffer } from '../../kernel/ir.ts'
import type { LinearForm } from './addressing.ts'
import type { KernelContext } from './kernel-context.ts'

/** An access to elements of a buffer, before it is emitted. */
export interface ElementAccess {
  readonly buffer: Buffer
  readonly at: Address
  readonly laneStride: number
}

/** Addresses of the lanes of one access. */
export interface LaneAddresses {
  /** Leaves the i32 part of a lane's address on the stack and returns the rest, an immediate offset. */
  push(lane: number): number
  /** To be called after the last push. */
  release(): void
}

const keep = (): void => {}

/** The affine part of an access, in bytes. */
export function linearFormOf(context: Pick<KernelContext, 'placementOf'>, buffer: Buffer, at: Address): LinearForm {
  const placement = context.placementOf(buffer)
  return {
    base: placement.kind === 'parameter' ? placement.position : undefined,
    affine: at.affine,
    scale: dtypeInfo[buffer.dtype].byteSize,
  }
}

/** Prepares the addresses of an access whose lanes are pushed `uses` times in all. */
export function prepareAddresses(context: KernelContext, access: ElementAccess, uses: number): LaneAddresses {
  const dynamic = access.at.dynamic
  if (dynamic === undefined) return affineAddresses(context, access)
  return dynamic.type.lanes === 1 ? computedAddress(context, access, uses) : gatheredAddresses(context, access)
}

function affineAddresses(context: KernelContext, { buffer, at, laneStride }: ElementAccess): LaneAddresses {
  const { builder, addressing } = context
  const placement = context.placementOf(buffer)
  const { local, constant } = addressing.resolve(linearFormOf(context, buffer, at))
  const byteOffset = constant + (placement.kind === 'static' ? placement.byteOffset : 0)
  const laneBytes = laneStride * dtypeInfo[buffer.dtype].byteSize
  const push = (lane: number): number => {
    const offset = byteOffset + lane * laneBytes
    if (local === undefined) builder.emit('i32.const', 0)
    else builder.emit('local.get', local)
    return placeOffset(context, offset)
  }
  return { push, release: keep }
}

/** Immediates are unsigned: a negative rest is added to what is on the stack. */
function placeOffset({ builder }: KernelContext, offset: number): number {
  if (offset >= 0) return offset
  builder.emit('i32.const', offset)
  builder.emit('i32.add')
  return 0
}

/** One computed index, the same for all lanes. */
function computedAddress(context: KernelContext, access: ElementAccess, uses: number): LaneAddresses {
  const { builder } = context
  const laneBytes = access.laneStride * dtypeInfo[access.buffer.dtype].byteSize
  const { base, pushRest } = besideComputed(context, access)
  const pushFirst = (): void => {
    context.push(access.at.dynamic!)
    scaleToBytes(context, access.buffer, 'i32.shl')
    pushRest()
  }
  if (uses === 1) {
    const push = (lane: number): number => {
      pushFirst()
      return placeOffset(context, base + lane * laneBytes)
    }
    return { push, release: keep }
  }
  const first = builder.borrow('i32')
  pushFirst()
  builder.emit('local.set', first)
  const push = (lane: number): number => {
    builder.emit('local.get', first)
    return placeOffset(context, base + lane * laneBytes)
  }
  return { push, release: () => builder.giveBack(first, 'i32') }
}

/** One computed index per lane. */
function gatheredAddresses(context: KernelContext, access: ElementAccess): LaneAddresses {
  const { builder } = context
  const { base, pushRest } = besideComputed(context, access)
  const indices = builder.borrow('v128')
  context.push(access.at.dynamic!)
  scaleToBytes(context, access.buffer, 'i32x4.shl')
  builder.emit('local.set', indices)
  const push = (lane: number): number => {
    builder.emit('local.get', indices)
    builder.emit('i32x4.extract_lane', lane)
    pushRest()
    return base
  }
  return { push, release: () => builder.giveBack(indices, 'v128') }
}

/**
 * The parts of an address besides the computed one. Only the buffer's static place may go into the immediate: a computed
 * index may be negative where the affine offset is not, and their sum must be taken in 32 bits.
 */
function besideComputed(context: KernelContext, { buffer, at }: ElementAccess): { base: number; pushRest: () => void } {
  const { builder, addressing } = context
  const placement = context.placementOf(buffer)
  const { local, constant } = addressing.resolve(linearFormOf(context, buffer, at))
  const pushRest = (): void => {
    if (local !== undefined) {
      builder.emit('local.get', local)
      builder.emit('i32.add')
    }
    if (constant !== 0) {
      builder.emit('i32.const', constant)
      builder.emit('i32.add')
    }
  }
  return { base: placement.kind === 'static' ? placement.byteOffset : 0, pushRest }
}

function scaleToBytes({ builder }: KernelContext, buffer: Buffer, shift: 'i32.shl' | 'i32x4.shl'): void {
  const { byteSize } = dtypeInfo[buffer.dtype]
  if (byteSize === 1) return
  builder.emit('i32.const', Math.log2(byteSize))
  builder.emit(shift)
}

/** Whether the lanes lie side by side from lane 0's address on. */
export const isContiguousAccess = ({ at, laneStride }: ElementAccess): boolean =>
  laneStride === 1 && (at.dynamic === undefined || at.dynamic.type.lanes === 1)

/** Whether all lanes are one element. */
export const isUniformAccess = ({ at, laneStride }: ElementAccess): boolean =>
  laneStride === 0 && (at.dynamic === undefined || at.dynamic.type.lanes === 1)

/** Instruction that moves one lane, and the number it calls that lane by: bytes sit in the lowest byte of their lane. */
export function laneMove(
  buffer: Buffer,
  lanes: number,
  direction: 'load' | 'store',
): { op: `v128.${typeof direction}${8 | 32 | 64}_lane`; laneNumber: (lane: number) => number } {
  const { byteSize } = dtypeInfo[buffer.dtype]
  if (byteSize === 8 && lanes !== 2) throw new InternalError(`${buffer.name} has float64 elements but ${lanes} lanes`)
  const laneBytes = buffer.dtype === 'bool' ? 16 / lanes : 4
  const bits = byteSize === 1 ? 8 : byteSize === 4 ? 32 : 64
  return {
    op: `v128.${direction}${bits}_lane`,
    laneNumber: byteSize === 1 ? (lane) => lane * laneBytes : (lane) => lane,
  }
}
