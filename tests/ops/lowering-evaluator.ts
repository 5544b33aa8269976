import { dtypeInfo } from '../../src/base/dtype.ts'
import { contiguousLayout } from '../../src/base/layout.ts'
import { contiguousStrides, elementCount, type Shape } from '../../src/base/shape.ts'
import type { OpTypes } from '../../src/ops/record.ts'
import { inferType, recordOf } from '../../src/ops/registry.ts'
import type { CheckFailure, ElementBuilder, IndexValue, StepBuilder } from '../../src/ops/scalar-builder.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { GryphError } from '../../src/base/errors.ts'
import type { HostArray } from './host-array.ts'
import { held, ofDtype, register, scalarEvaluator } from './scalar-evaluator.ts'

interface Position extends IndexValue {
  readonly position: number
}
const position = (value: number): Position => ({ kind: 'index', position: value })
const positionOf = (index: IndexValue): number => (index as Position).position // every index here was made by `position`

const indexOf = (linear: number, shape: Shape): number[] =>
  contiguousStrides(shape).map((stride, axis) => Math.floor(linear / stride) % shape[axis]!)
const offsetOf = (index: readonly number[], shape: Shape): number =>
  contiguousStrides(shape).reduce((offset, stride, axis) => offset + stride * index[axis]!, 0)
const broadcastOffset = (index: readonly number[], shape: Shape): number =>
  offsetOf(
    shape.map((size, axis) => (size === 1 ? 0 : index[index.length - shape.length + axis]!)),
    shape,
  )

/** Carries out an op by its lowering alone, element by element. Undefined for reductions and contractions, which have none. */
export function evaluateLowering(op: OpName, operands: readonly HostArray[], attrs: Attrs): HostArray | undefined {
  const record = recordOf(op)
  const result = inferType(op, operands, attrs)
  const types: OpTypes = { operands, result }
  const elements = new dtypeInfo[result.dtype].array(elementCount(result.shape))
  const read = (operand: number, offset: number) =>
    ofDtype(operands[operand]!.dtype, operands[operand]!.elements[offset]!)
  const perElement = (element: (index: number[], linear: number) => number): void => {
    for (let i = 0; i < elements.length; i++) elements[i] = element(indexOf(i, result.shape), i)
  }
  if (record.kind === 'elementwise') {
    perElement(
      (index) =>
        held(
          record.lower(
            scalarEvaluator,
            operands.map(({ shape }, i) => read(i, broadcastOffset(index, shape))),
            attrs,
            types,
          ),
        ).value,
    )
  } else if (record.kind === 'view') {
    const { offset, strides } = record.layout(contiguousLayout(operands[0]!.shape), attrs, types)!
    perElement(
      (index) => operands[0]!.elements[strides.reduce((at, stride, axis) => at + stride * index[axis]!, offset)]!,
    )
  } else if (record.kind === 'gather' || record.kind === 'random' || record.kind === 'index') {
    perElement((index, linear) => {
      const builder: ElementBuilder = {
        ...scalarEvaluator,
        index: (axis) => position(index[axis]!),
        at: position,
        computed: (value) => position(held(value).value),
        spaced: (at, start, step) => position(start + positionOf(at) * step),
        shifted: (at, by) => position(positionOf(at) + held(by).value),
        value: (at) => register('i32', positionOf(at)),
        linearIndex: () => register('i32', linear),
        read: (operand, indices) => read(operand, offsetOf(indices.map(positionOf), operands[operand]!.shape)),
        check: (ok, value, failure) => requireOk(held(ok).value, held(value).value, failure),
      }
      return held(record.lower(builder, attrs, types)).value
    })
  } else if (record.kind === 'opaque') {
    record.lower(steps(operands, elements, result.shape, read), attrs, types)
  } else return undefined
  return { ...result, elements: Array.from(elements) }
}

function requireOk(ok: number, value: number, { code, describe }: CheckFailure): void {
  if (ok === 0) throw new GryphError(code, describe(value))
}

function steps(
  operands: readonly HostArray[],
  result: { [i: number]: number; fill(value: number): unknown },
  shape: Shape,
  read: (operand: number, offset: number) => ReturnType<typeof register>,
): StepBuilder {
  return {
    ...scalarEvaluator,
    fill(value, part) {
      if (!part) return void result.fill(value)
      const count = part.sizes.reduce((product, size) => product * size, 1)
      for (let i = 0; i < count; i++) {
        const index = indexOf(i, part.sizes)
        result[
          offsetOf(
            index.map((at, axis) => at + part.starts[axis]!),
            shape,
          )
        ] = value
      }
    },
    copyWhole(operand) {
      this.copyInto(
        operand,
        shape.map(() => 0),
        shape.map(() => 1),
      )
    },
    copyBlock(operand, starts, strides, shifts) {
      const from = [...starts]
      for (const { axis, operand: shift } of shifts) from[axis]! += operands[shift]!.elements[0]!
      this.copyInto(operand, from, strides)
    },
    scatter(updates, indices, axis, combine) {
      operands[updates]!.elements.forEach((element, i) => {
        const index = indexOf(i, operands[updates]!.shape)
        const to = offsetOf(index.with(axis, operands[indices]!.elements[index[axis]!]!), shape)
        result[to] = combine === 'set' ? element : result[to]! + element
      })
    },
    copyPairInto(first, second, starts, strides) {
      this.copyInto(first, starts, strides)
      this.copyInto(second, starts.with(-1, starts.at(-1)! + 1), strides)
    },
    copyInto(operand, starts, strides) {
      operands[operand]!.elements.forEach((element, i) => {
        const index = indexOf(i, operands[operand]!.shape)
        result[
          offsetOf(
            index.map((at, axis) => starts[axis]! + at * strides[axis]!),
            shape,
          )
        ] = element
      })
    },
    scatterAdd(updates, indices, axis, failure) {
      operands[updates]!.elements.forEach((element, i) => {
        const index = indexOf(i, operands[updates]!.shape)
        const given = operands[indices]!.elements[index[axis]!]!
        const to = given < 0 ? given + shape[axis]! : given
        requireOk(to >= 0 && to < shape[axis]! ? 1 : 0, given, failure)
        result[offsetOf(index.with(axis, to), shape)]! += element
      })
    },
    shuffle(size, pick) {
      for (let i = 0; i < size; i++) result[i] = i
      for (let i = size - 1; i > 0; i--) {
        const j = held(pick(scalarEvaluator, register('i32', i), read)).value
        const [a, b] = [result[i]!, result[j]!]
        result[i] = b
        result[j] = a
      }
    },
  }
}
