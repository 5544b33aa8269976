import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { contiguousLayout, touchedRange, type Layout } from '../base/layout.ts'
import { elementCount, type TensorType } from '../base/shape.ts'
import { inferType } from '../ops/registry.ts'
import { noAttrs, type Attrs, type OpName } from '../ops/table.ts'
import { deviceArena, elementsOf } from '../runtime/arena.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import { Storage } from '../runtime/storage.ts'
import { unitsFor, workspace } from '../runtime/workspace.ts'
import { checkFailed } from './check-failed.ts'
import { generateOneOp, readsLayouts, type OneOpCode } from './one-op.ts'

/** What an eager kernel needs of an operand. */
export interface EagerOperand {
  readonly type: TensorType
  readonly storage: Storage
  /** Undefined is row-major from the first element. */
  readonly layout: Layout | undefined
}

/** One primitive, compiled for operand types, layouts and attributes. */
export interface EagerKernel {
  readonly resultType: TensorType
  /** Runs it on operands of the compiled-for signature. @throws the coded error of a failed check */
  run(operands: readonly EagerOperand[]): TypedArray
  /** The same as a storage, which the ops that follow may find in the workspace. */
  compute(operands: readonly EagerOperand[]): Storage
}

/** Enough for the distinct ops of large programs; the oldest go first. */
const cacheLimit = 4096
const kernels = new Map<string, EagerKernel>()
/** The memory that they are linked to. */
let linkedMemory: WebAssembly.Memory | undefined

/** A kernel for one or two row-major operands without attributes. */
interface PlainKernel {
  readonly first: TensorType
  readonly second: TensorType | undefined
  readonly kernel: EagerKernel
}
/** Some of each op: most calls find theirs here, which takes less than making a key. */
const plainKernels = new Map<OpName, PlainKernel[]>()
const plainLimit = 4
/** Types that are made anew for each call find nothing: only now and then one takes the place of another. */
const missesPerChange = 16
let misses = 0

/** The kernel for these operands, compiled at the first call of a signature. */
export function eagerKernel(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): EagerKernel {
  if (linkedMemory !== deviceArena().memory) {
    linkedMemory = deviceArena().memory
    kernels.clear()
    plainKernels.clear()
  }
  const first = operands[0]
  const second = operands[1]
  if (!first || first.layout || second?.layout || operands.length > 2 || attrs !== noAttrs)
    return kernelBySignature(op, operands, attrs)
  let latest = plainKernels.get(op)
  if (!latest) plainKernels.set(op, (latest = []))
  for (const each of latest) if (each.first === first.type && each.second === second?.type) return each.kernel
  const kernel = kernelBySignature(op, operands, attrs)
  const isFull = latest.length === plainLimit
  if (!isFull || ++misses % missesPerChange === 0)
    latest[isFull ? (misses / missesPerChange) % plainLimit : latest.length] = {
      first: first.type,
      second: second?.type,
      kernel,
    }
  return kernel
}

function kernelBySignature(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): EagerKernel {
  const key = signatureKey(op, operands, attrs)
  const found = kernels.get(key)
  if (found) return found
  const kernel = readsOperands(op, operands, attrs)
    ? compileKernel(op, operands, attrs)
    : overCopies(op, operands, attrs)
  if (kernels.size >= cacheLimit) kernels.delete(kernels.keys().next().value!)
  kernels.set(key, kernel)
  return kernel
}

function readsOperands(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): boolean {
  if (operands.every(({ layout }) => layout === undefined)) return true
  const layouts = operands.map(({ type, layout }) => layout ?? contiguousLayout(type.shape))
  return readsLayouts(
    op,
    operands.map(({ type }) => type),
    layouts,
    attrs,
  )
}

/** The op over row-major copies of its operands, where their strides do not suit it. */
function overCopies(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): EagerKernel {
  const resultType = frozenType(
    inferType(
      op,
      operands.map(({ type }) => type),
      attrs,
    ),
  )
  const copiesOf = (given: readonly EagerOperand[]): EagerOperand[] =>
    given.map((operand) => {
      const storage = eagerKernel('copy', [operand], noAttrs).compute([operand])
      return { type: operand.type, storage, layout: undefined }
    })
  return {
    resultType,
    run(given) {
      const copies = copiesOf(given)
      return eagerKernel(op, copies, attrs).run(copies)
    },
    compute(given) {
      const copies = copiesOf(given)
      return eagerKernel(op, copies, attrs).compute(copies)
    },
  }
}

function signatureKey(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): string {
  let key: string = op
  for (const { type, layout } of operands)
    key += layout ? `;${typeKey(type)}@${layout.strides.join()}` : `;${typeKey(type)}`
  for (const name in attrs) key += `;${name}:${attributeKey(attrs[name])}`
  return key
}

/** Tells −0, NaN and infinities apart, which JSON does not. */
function attributeKey(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return Array.isArray(value) ? `[${value.map(attributeKey).join()}]` : JSON.stringify(value)
}

/** Tensors show their shape to users, and every result of the kernel has this one. */
const frozenType = ({ dtype, shape }: TensorType): TensorType => ({ dtype, shape: Object.freeze([...shape]) })

const typeKeys = new WeakMap<TensorType, string>()

function typeKey(type: TensorType): string {
  let key = typeKeys.get(type)
  if (key === undefined) typeKeys.set(type, (key = `${type.dtype} ${type.shape.join()}`))
  return key
}

/** One operand's touched elements, which go to the workspace when they are not in the arena already. */
interface Slot {
  readonly units: number
  readonly byteSize: number
  /** First touched element, counted from the layout's offset, and how many to its end. */
  readonly reach: number
  readonly length: number
}

function compileKernel(op: OpName, operands: readonly EagerOperand[], attrs: Attrs): EagerKernel {
  const types = operands.map((operand) => operand.type)
  const resultType = frozenType(inferType(op, types, attrs))
  const slots: Slot[] = []
  const layouts = operands.map(({ type, layout: given }): Layout => {
    const layout = given ?? contiguousLayout(type.shape)
    const { first, end } = touchedRange(layout, type.shape)
    const { byteSize } = dtypeInfo[type.dtype]
    slots.push({
      units: unitsFor((end - first) * byteSize),
      byteSize,
      reach: first - layout.offset,
      length: end - first,
    })
    return { offset: layout.offset - first, strides: layout.strides }
  })
  const code = generateOneOp(op, types, layouts, attrs, resultType)
  const { byteSize } = dtypeInfo[resultType.dtype]
  const count = elementCount(resultType.shape)
  const resultUnits = unitsFor(count * byteSize)
  const scratchUnits = code.scratchBytes.map(unitsFor)
  const ownUnits = scratchUnits.reduce((sum, units) => sum + units, resultUnits)
  const mostUnits = slots.reduce((sum, { units }) => sum + units, ownUnits)
  const addresses = new Array<number>(slots.length + 1 + scratchUnits.length).fill(0)
  let resultPosition = 0
  const run = (given: readonly EagerOperand[]): TypedArray => {
    workspace.reserve(mostUnits)
    const oldest = beginBeside(given, slots, ownUnits)
    for (let i = 0; i < slots.length; i++) addresses[i] = placeOperand(given[i]!, slots[i]!, oldest)
    resultPosition = workspace.position
    const resultOffset = workspace.take(resultUnits)
    addresses[slots.length] = resultOffset
    for (let i = 0; i < scratchUnits.length; i++) addresses[slots.length + 1 + i] = workspace.take(scratchUnits[i]!)
    const site = callWith(code.entry, addresses)
    if (site !== 0) throw checkFailed(code.checkSites, site)
    const start = resultOffset / byteSize
    return freshArray(elementsOf(deviceArena(), resultType.dtype), start, start + count)
  }
  return {
    resultType,
    run,
    compute(given) {
      const storage = new Storage(resultType.dtype, run(given))
      storage.workspacePosition = resultPosition
      return storage
    },
  }
}

/**
 * Begins an op in the workspace that takes `ownUnits`, and those of the operands that it would overwrite or that are not there. Operands
 * at or after the returned position stay where they are.
 */
function beginBeside(given: readonly EagerOperand[], slots: readonly Slot[], ownUnits: number): number {
  let units = 0
  let needed = ownUnits
  let oldest = 0
  // The more an op takes, the fewer stay: this ends when it takes all.
  while (needed > units) {
    units = needed
    oldest = workspace.oldestBeside(units)
    needed = ownUnits
    for (let i = 0; i < slots.length; i++) {
      const { storage } = given[i]!
      if (!storage.isResident && storage.workspacePosition < oldest) needed += slots[i]!.units
    }
  }
  workspace.begin(units)
  return oldest
}

/** Byte address of the operand's first touched element, after copying it into the workspace unless it is in the arena. */
function placeOperand({ storage, layout }: EagerOperand, slot: Slot, oldest: number): number {
  const first = (layout ? layout.offset : 0) + slot.reach
  if (storage.isResident) return storage.byteOffset + first * slot.byteSize
  if (storage.workspacePosition >= oldest) return workspace.addressOf(storage.workspacePosition) + first * slot.byteSize
  const { array } = storage
  const isWhole = slot.length === array.length
  if (isWhole) storage.workspacePosition = workspace.position
  const byteOffset = workspace.take(slot.units)
  const elements = isWhole ? array : array.subarray(first, first + slot.length)
  elementsOf(deviceArena(), storage.dtype).set(elements, byteOffset / slot.byteSize)
  return byteOffset
}

/** Most ops have few buffers; a spread call would cost more than the op. */
function callWith(entry: OneOpCode['entry'], a: readonly number[]): number {
  switch (a.length) {
    case 1:
      return entry(a[0]!)
    case 2:
      return entry(a[0]!, a[1]!)
    case 3:
      return entry(a[0]!, a[1]!, a[2]!)
    default:
      return entry(...a)
  }
}
