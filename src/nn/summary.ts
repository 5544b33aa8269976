import { dtypeInfo, type Dtype } from '../base/dtype.ts'
import { shapeText, type Shape } from '../base/shape.ts'
import { withContext } from '../frontend/context.ts'
import { zeros } from '../frontend/fill.ts'
import { withoutDrawing } from '../frontend/random.ts'
import { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { summaryInput } from './errors.ts'
import { Module } from './module.ts'

/** What a summary says about one module. */
export interface SummaryRow {
  /** '' for the network itself, '0', 'selfAttn.outProj', … */
  readonly name: string
  /** How many modules it is inside of. */
  readonly depth: number
  /** Its class. */
  readonly layer: string
  /** Of all tensors that `forward` gave last; none if it was not called. */
  readonly outputShapes: readonly Shape[]
  /** Elements of its own parameters, without those of modules in it. */
  readonly parameters: number
  /** Of its own parameters and buffers. */
  readonly bytes: number
}

/** What a network is made of. Its text is a table. */
export interface Summary {
  readonly rows: readonly SummaryRow[]
  /** Elements of all parameters. */
  readonly parameters: number
  /** Of all parameters and buffers. */
  readonly bytes: number
  toString(): string
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** Of inputs that are given as shapes, for instance int32 for ids. Default: that of the first parameter. */
  readonly dtype?: Dtype
}

/**
 * Runs a module on zeros of the given shape and says what each of its parts gives and holds. The module, its state and the random numbers
 * are afterwards as they were: it runs in evaluation mode, eagerly, and what it changed is put back.
 *
 * @param input a shape, batch included; a tensor; or an array of shapes and tensors, one for each argument of `forward`
 * @throws SUMMARY_INPUT
 * @example console.log(String(summary(sequential(linear(784, 10)), [1, 784])))
 */
export function summary(
  module: Module,
  input: Shape | Tensor | readonly (Shape | Tensor)[],
  options: SummaryOptions = {},
): Summary {
  checkOptions('summary', options, ['dtype'])
  if (!(module instanceof Module)) throw summaryInput('the module', module)
  const dtype = options.dtype ?? module.parameters()[0]?.dtype ?? 'float32'
  const shapes = observe(module, inputsOf(input, dtype))
  const seen = new Set<Module>()
  const rows: SummaryRow[] = []
  const visit = (part: Module, name: string, depth: number): void => {
    if (seen.has(part)) return
    seen.add(part)
    const inside = new Set(part.children().flatMap((child) => [...child.parameters(), ...child.buffers()]))
    const own = (tensors: Tensor[]): Tensor[] => tensors.filter((tensor) => !inside.has(tensor))
    const parameters = own(part.parameters())
    rows.push({
      name,
      depth,
      layer: part.constructor.name,
      outputShapes: shapes.get(part) ?? [],
      parameters: parameters.reduce((sum, { size }) => sum + size, 0),
      bytes: [...parameters, ...own(part.buffers())].reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    })
    for (const [childName, child] of part.namedChildren())
      visit(child, name === '' ? childName : `${name}.${childName}`, depth + 1)
  }
  visit(module, '', 0)
  const parameters = module.parameters().reduce((sum, { size }) => sum + size, 0)
  const bytes = [...module.parameters(), ...module.buffers()].reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  const toString = (): string => tableText(rows, parameters, bytes)
  return Object.defineProperties(
    { rows, parameters, bytes, toString },
    { toString: { enumerable: false }, [Symbol.for('nodejs.util.inspect.custom')]: { value: toString } },
  )
}

const bytesOf = ({ size, dtype }: Tensor): number => size * dtypeInfo[dtype].byteSize

function inputsOf(input: Shape | Tensor | readonly (Shape | Tensor)[], dtype: Dtype): Tensor[] {
  if (input instanceof Tensor) return [input]
  if (!Array.isArray(input)) throw summaryInput('the input', input)
  const given = input as readonly unknown[] // isArray gives any[]
  const isOneShape = given.every((size) => typeof size === 'number')
  return (isOneShape ? [given] : given).map((each) => {
    if (each instanceof Tensor) return each
    if (!Array.isArray(each)) throw summaryInput('an input', each)
    return zeros(each as Shape, { dtype }) // zeros() checks the sizes
  })
}

/** The shapes that come out of each module's `forward` in one run that leaves nothing behind. */
function observe(module: Module, inputs: readonly Tensor[]): Map<Module, Shape[]> {
  const shapes = new Map<Module, Shape[]>()
  const modules = module.modules()
  const restores = modules.map((part) => {
    const forward = part.eagerForward()
    const before = Object.getOwnPropertyDescriptor(part, 'forward')
    Object.defineProperty(part, 'forward', {
      value: (...given: never[]): unknown => {
        const result = forward(...given)
        shapes.set(part, shapesIn(result))
        return result
      },
      configurable: true,
    })
    return () => (before ? Object.defineProperty(part, 'forward', before) : Reflect.deleteProperty(part, 'forward'))
  })
  const withoutRecording = { recorder: undefined, deferral: undefined, lazyCall: undefined, gradEnabled: false }
  withContext(withoutRecording, () => {
    const modes = modules.map(({ training }) => training)
    const state = [...module.parameters(), ...module.buffers()]
    const before = state.map((tensor) => ({ tensor, copy: tensor.clone(), version: tensor.storage.version }))
    try {
      module.eval()
      withoutDrawing(() => (module.forward as (...given: readonly Tensor[]) => unknown)(...inputs)) // its own inputs
    } finally {
      for (const restore of restores) restore()
      // Outer modules first, for a mode is that of all parts.
      modules.forEach((part, i) => part.train(modes[i]))
      for (const { tensor, copy, version } of before) if (tensor.storage.version !== version) tensor.assign(copy)
    }
  })
  return shapes
}

function shapesIn(result: unknown): Shape[] {
  if (result instanceof Tensor) return [result.shape]
  if (typeof result !== 'object' || result === null) return []
  return Object.values(result).flatMap(shapesIn)
}

function tableText(rows: readonly SummaryRow[], parameters: number, bytes: number): string {
  const count = (value: number): string => value.toLocaleString('en-US')
  const cells = [
    ['layer', 'output shape', 'parameters', 'bytes'],
    ...rows.map((row) => [
      `${'  '.repeat(row.depth)}${row.name === '' ? '' : `(${row.name.split('.').at(-1)}) `}${row.layer}`,
      row.outputShapes.map(shapeText).join(', ') || '-',
      count(row.parameters),
      count(row.bytes),
    ]),
    ['total', '', count(parameters), count(bytes)],
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]!.length)))
  const lines = cells.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}
