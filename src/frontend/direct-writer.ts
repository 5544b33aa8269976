import type { TypedArray } from '../base/dtype.ts'
import { contiguousStrides } from '../base/shape.ts'
import type { PlaceWriter } from '../ops/calls/index.ts'
import type { Value } from '../ops/interpreter.ts'
import type { Block } from '../ops/table.ts'
import { context } from './context.ts'
import type { Tensor } from './tensor.ts'

/** Changes of a variable at a place, made in its storage: what the ops `setSlice` and `scatter` of a new tensor come to, bit for bit. */
export const directWriter: PlaceWriter = {
  writeBlock: (x, value, shifts, block) => {
    const variable = x as Tensor // eager values are tensors
    const starts = startsOf(shifts as readonly Tensor[], block) // eager values are tensors
    const { shape } = value.type
    if (shape.includes(0)) return variable
    const from = (value as Tensor).copyElements() // eager values are tensors; a copy, for it may show the variable
    const to = elementsOf(variable)
    const strides = contiguousStrides(variable.shape)
    const last = shape.length - 1
    const run = last < 0 ? 1 : shape[last]!
    const isRun = last < 0 || block.steps[last] === 1
    let next = 0
    const write = (axis: number, offset: number): void => {
      if (axis < last) {
        const step = block.steps[axis]! * strides[axis]!
        for (let i = 0; i < shape[axis]!; i++) write(axis + 1, offset + starts[axis]! * strides[axis]! + i * step)
        return
      }
      const first = last < 0 ? 0 : offset + starts[last]!
      if (isRun) to.set(from.subarray(next, next + run), first)
      else for (let i = 0; i < run; i++) to[first + i * block.steps[last]!] = from[next + i]!
      next += run
    }
    write(0, 0)
    return changed(variable)
  },

  scatterRows: (x, updates, indices, axis, combine) => {
    const variable = x as Tensor // eager values are tensors
    const from = (updates as Tensor).copyElements() // eager values are tensors
    const places = (indices as Tensor).copyElements() // eager values are tensors
    const to = elementsOf(variable)
    const stride = contiguousStrides(variable.shape)[axis]!
    const whole = stride * variable.shape[axis]!
    const part = stride * places.length
    for (let outer = 0; outer * part < from.length; outer++) {
      for (let j = 0; j < places.length; j++) {
        const [source, target] = [outer * part + j * stride, outer * whole + places[j]! * stride]
        if (combine === 'set') to.set(from.subarray(source, source + stride), target)
        else for (let i = 0; i < stride; i++) to[target + i]! += from[source + i]!
      }
    }
    return changed(variable)
  },
}

/** Where each axis begins. */
function startsOf(shifts: readonly Tensor[], { starts, axes }: Block): number[] {
  const all = [...starts]
  axes.forEach((axis, i) => (all[axis]! += shifts[i]!.copyElements()[0]!))
  return all
}

/** The variable's own elements, at the place in the arena where assignments write too. */
function elementsOf({ storage }: Tensor): TypedArray {
  storage.makeResident()
  context.undo?.keep(storage)
  return storage.array
}

function changed(variable: Tensor): Value {
  variable.storage.version++
  return variable
}
