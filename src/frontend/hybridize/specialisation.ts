import { dtypeInfo } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import { checkFailed } from '../../compile/check-failed.ts'
import { compileGraph, type Bindings } from '../../compile/compile-graph.ts'
import { CompiledProgram, type Place } from '../../compile/compiled-program.ts'
import type { CompileOptions } from '../../compile/options.ts'
import type { GraphInput } from '../../ir/graph.ts'
import { deviceArena, elementsOf } from '../../runtime/arena.ts'
import { Storage } from '../../runtime/storage.ts'
import type { InputSource } from '../recorder.ts'
import { Tensor } from '../tensor.ts'
import { CompiledGradient } from './compiled-gradient.ts'
import type { RecordedCall } from './record-call.ts'
import { buildResult } from './results.ts'
import { Leaves, matches, type Template } from './template.ts'

/** A compiled program for one form of arguments, and what must hold to use it. */
export class Specialisation {
  readonly template: Template
  readonly program: CompiledProgram
  readonly recorded: RecordedCall
  readonly compileMs: number
  calls = 0
  readonly #functionName: string
  readonly #gradEnabled: boolean
  readonly #inputs: readonly InputBinding[]
  readonly #written: readonly Tensor[]
  readonly #captures: readonly Tensor[]
  readonly #gradient: CompiledGradient | undefined

  constructor(template: Template, recorded: RecordedCall, functionName: string, gradEnabled: boolean, options: CompileOptions) {
    const start = performance.now()
    this.template = template
    this.recorded = recorded
    this.#functionName = functionName
    this.#gradEnabled = gradEnabled
    const { graph, sources } = recorded
    this.program = new CompiledProgram(compileGraph(graph, options), bindingsOf(sources), options)
    this.#inputs = [...this.program.inputs].flatMap(([input, place]) => bindInput(sources.get(input)!, place))
    this.#written = graph.writes.map(({ state }) => variableOf(sources, state))
    this.#captures = [...sources.values()].flatMap((source) => (source.kind === 'capture' ? [source.tensor] : []))
    this.#gradient = recorded.trackedResults.includes(true) ? new CompiledGradient(recorded, functionName, options) : undefined
    this.compileMs = performance.now() - start
  }

  /** Whether a call has the form and meets the guards; its leaves are collected on the way. */
  accepts(args: readonly unknown[], gradEnabled: boolean, leaves: Leaves): boolean {
    leaves.length = 0
    if (gradEnabled !== this.#gradEnabled || !matches(this.template, args, leaves)) return false
    const { gradsAtEntry, guards } = this.recorded
    for (const [variable, isPresent] of gradsAtEntry) if ((variable.peekGrad() !== null) !== isPresent) return false
    for (const guard of guards) if (!guard.holds(leaves.values)) return false
    return true
  }

  /** One compiled call. A failed check throws and leaves every variable and gradient as it was. */
  call(leaves: Leaves): unknown {
    for (const capture of this.#captures) capture.ensureUsable()
    for (const input of this.#inputs) input.write(leaves)
    const keep = this.#gradient?.beforeRun(leaves)
    const site = this.program.run()
    if (site !== 0) throw checkFailed(this.program.compiled.plan.checkSites, site, this.#functionName)
    this.calls++
    for (const variable of this.#written) variable.storage.version++
    const { resultTemplate, resultCount, gradWrites } = this.recorded
    if (resultTemplate.kind === 'same' && gradWrites.length === 0) return resultTemplate.value
    const results = this.program.results.map(readResult)
    if (keep) this.#gradient!.track(results, keep)
    let next = resultCount
    for (const { variable, value } of gradWrites) variable.pokeGrad(value ? results[next++]! : null)
    return buildResult(resultTemplate, results, leaves.values)
  }
}

export const variableOf = (sources: ReadonlyMap<GraphInput, InputSource>, state: GraphInput): Tensor => {
  const source = sources.get(state)
  if (source?.kind !== 'state') throw new TypeError(`${state.name} is no state`)
  return source.variable
}

/** Where a graph's states and captures lie. */
export const bindingsOf = (sources: ReadonlyMap<GraphInput, InputSource>): Bindings => ({
  addressOf: (state) => variableOf(sources, state).storage.byteOffset,
  elementsOf(capture) {
    const source = sources.get(capture)
    if (source?.kind !== 'capture') throw new TypeError(`${capture.name} is no capture`)
    return source.tensor.copyElements()
  },
})

/** Copies one input's elements to where the program reads them. */
export interface InputBinding {
  write(leaves: Leaves): void
}

function bindInput(source: InputSource, place: Place): InputBinding[] {
  switch (source.kind) {
    case 'argument': {
      const { position } = source
      return [{ write: (leaves) => writeLeaf(place, leaves.values[position]!) }]
    }
    case 'grad': {
      const { variable } = source
      return [{ write: () => writeLeaf(place, variable.peekGrad()!) }]
    }
    default: // states and captures are where they are
      return []
  }
}

/** Puts a tensor or number where a program reads it. */
export function writeLeaf({ type, byteOffset }: Place, leaf: Tensor | number): void {
  const target = elementsOf(deviceArena(), type.dtype)
  const first = byteOffset / dtypeInfo[type.dtype].byteSize
  if (typeof leaf === 'number') target[first] = leaf
  else {
    leaf.ensureUsable()
    target.set(leaf.layout ? leaf.copyElements() : leaf.storage.array, first)
  }
}

/** A tensor of its own with a result's elements. */
export function readResult({ type, byteOffset }: Place): Tensor {
  const first = byteOffset / dtypeInfo[type.dtype].byteSize
  return new Tensor(type, new Storage(type.dtype, elementsOf(deviceArena(), type.dtype).slice(first, first + elementCount(type.shape))))
}
