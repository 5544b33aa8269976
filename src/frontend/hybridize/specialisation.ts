import { CompiledProgram } from '../../compile/compiled-program.ts'
import { compileGraphOnce } from '../../compile/graph-cache.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { context } from '../context.ts'
import { bindSize } from '../dynamic-axes/bind-size.ts'
import type { ServedSize } from '../dynamic-axes/dynamic-axes.ts'
import type { MadeProgram, SizedProgram } from '../dynamic-axes/dynamic-program.ts'
import { callDifferences } from '../guards/differences.ts'
import type { GuardFailure } from '../guards/guard-failure.ts'
import { noteResults } from '../../runtime/garbage-pressure.ts'
import { printEffect } from '../debug/print.ts'
import { printsAmong, printsInRegions, type PrintEffect } from '../debug/effects.ts'
import type { Graph, GraphInput } from '../../ir/graph.ts'
import type { TypedArray } from '../../base/dtype.ts'
import type { InputSource } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'
import { bindingsOf, bindInput, ResultBinding, variableOf, type InputBinding } from './bindings.ts'
import { CallProfile } from './call-profile.ts'
import { CompiledGradient } from './compiled-gradient.ts'
import { failedCall, inFunction, replayCall, linesOfLargest, linesOfThreads } from './failed-call.ts'
import { requireGradientsInTime, type Recording } from './record-call.ts'
import { makeRoom, RoomNeeded } from './residual-room.ts'
import { buildResult } from './results.ts'
import { describeTemplate, Leaves, matches, type Template } from './template.ts'

/** A compiled program for one form of arguments, and what must hold to use it. */
export class Specialisation {
  readonly template: Template & { kind: 'array' }
  readonly program: CompiledProgram
  readonly recording: Recording
  readonly compileMs: number
  /** Whether the graph had been compiled for an equal function or form. */
  readonly isCacheHit: boolean
  /** With the option `profile`: where the time of its calls goes. */
  readonly profile: CallProfile | undefined
  /** Whether a program was made for it: sizes that come later find one. */
  readonly isCompiled: boolean
  /** Of one that shares its program with other sizes. */
  readonly sized: SizedProgram | undefined
  /** Why it does not, where there was a choice. */
  readonly notDynamic: string | undefined
  /** Where the program's inputs come from, but for those that depend on a size alone. */
  readonly sources: ReadonlyMap<GraphInput, InputSource>
  /** How the call that made it differed from the nearest specialisation there was. */
  readonly because: readonly GuardFailure[]
  /** Compiled calls after the recorded one. */
  calls = 0
  /** Calls since it began to share its program; none any more when there is no better one. */
  sharedCalls = 0
  /** Calls, of which old ones count less. */
  popularity = 0
  #callsBefore = 0
  readonly #functionName: string
  readonly #gradEnabled: boolean
  readonly #inputs: readonly InputBinding[]
  readonly #results: readonly ResultBinding[]
  readonly #written: readonly Tensor[]
  readonly #captures: readonly Tensor[]
  readonly #gradient: CompiledGradient | undefined
  readonly #prints: readonly PrintEffect[]
  /** Whether something is printed in a branch or loop. How often is known when it has run, so it is carried out op by op before the program. */
  readonly #replays: boolean

  constructor(
    template: Template & { kind: 'array' },
    recording: Recording,
    functionName: string,
    gradEnabled: boolean,
    options: CompileOptions,
    because: readonly GuardFailure[] = [],
    { sized, reason }: ServedSize = {},
  ) {
    const start = performance.now()
    this.template = template
    this.recording = recording
    this.because = because
    this.#functionName = functionName
    this.#gradEnabled = gradEnabled
    const { graph, sources } = recording
    this.sized = sized
    this.notDynamic = reason
    this.sources = sized?.dynamic.sources ?? sources
    const make = (): MadeProgram =>
      makeProgram(sized?.dynamic.graph.graph ?? graph, this.sources, functionName, options)
    this.isCompiled = !sized?.dynamic.isCompiled
    const { program, isHit } = sized ? sized.dynamic.acquire(make) : make()
    this.isCacheHit = this.isCompiled && isHit
    this.program = program
    this.profile = this.program.marks && new CallProfile(this.program.marks)
    this.#inputs = sized
      ? bindSize(sized, program, recording)
      : [...program.inputs].flatMap(([input, place]) => bindInput(sources.get(input)!, place))
    this.#results = graph.results.map(
      ({ type }, i) => new ResultBinding(program.results[i]!, type, recording.weakResults[i]),
    )
    this.#written = graph.writes.map(({ state }) => variableOf(sources, state))
    this.#captures = [...sources.values()].flatMap((source) => (source.kind === 'capture' ? [source.tensor] : []))
    this.#gradient = recording.trackedResults.includes(true)
      ? new CompiledGradient(recording, functionName, options)
      : undefined
    this.#prints = printsAmong(recording.effects)
    this.#replays = printsInRegions(recording.effects)
    this.compileMs = performance.now() - start
  }

  /** Whether a call has the form and meets the guards; its leaves are collected on the way. */
  accepts(args: readonly unknown[], gradEnabled: boolean, leaves: Leaves): boolean {
    leaves.length = 0
    if (gradEnabled !== this.#gradEnabled || !matches(this.template, args, leaves)) return false
    const { gradsAtEntry, guards, fieldGuards } = this.recording
    for (const [variable, isPresent] of gradsAtEntry) if ((variable.peekGrad() !== null) !== isPresent) return false
    for (const guard of guards) if (!guard.holds(leaves.values)) return false
    return fieldGuards.holds()
  }

  /** Why a call is not accepted. */
  failures(args: readonly unknown[], gradEnabled: boolean): GuardFailure[] {
    const found = callDifferences(this.template, args)
    if (gradEnabled !== this.#gradEnabled)
      found.push({ kind: 'gradMode', subject: 'gradients', was: onOff(this.#gradEnabled), now: onOff(gradEnabled) })
    const leaves = new Leaves()
    if (found.length > 0 || !matches(this.template, args, leaves)) return found // other conditions are about calls of this form
    for (const [variable, isPresent] of this.recording.gradsAtEntry) {
      const subject = `gradient of ${describeTemplate({ kind: 'variable', variable })}`
      if ((variable.peekGrad() !== null) !== isPresent)
        found.push({ kind: 'leafGradient', subject, was: thereOrNull(isPresent), now: thereOrNull(!isPresent) })
    }
    const failing = this.recording.guards.filter((guard) => !guard.holds(leaves.values))
    return [...found, ...failing.map((guard) => guard.failure(leaves.values)), ...this.recording.fieldGuards.failures()]
  }

  /** Half of what it was, and the calls since. */
  agePopularity(): void {
    this.popularity = this.popularity / 2 + this.calls - this.#callsBefore
    this.#callsBefore = this.calls
  }

  /** Gives the program's memory back. Gradients of its calls are programs of their own. */
  dispose(): void {
    if (this.sized) this.sized.dynamic.release()
    else this.program.dispose()
  }

  /** One compiled call. A failed check throws and leaves every variable and gradient as it was. */
  call(leaves: Leaves): unknown {
    if (!this.profile) return this.#run(leaves)
    this.profile.begin()
    const result = this.#run(leaves)
    this.profile.end()
    return result
  }

  #run(leaves: Leaves): unknown {
    for (const capture of this.#captures) capture.ensureUsable()
    const { argumentGradients: reached, lateGradients } = this.recording
    requireGradientsInTime(this.#functionName, reached, lateGradients, leaves.values)
    if (this.#replays) replayCall(this.recording, this.#functionName, leaves.values)
    for (const input of this.#inputs) input.write(leaves)
    const keep = this.#gradient?.beforeRun(leaves)
    if (context.undo) for (const { storage } of this.#written) context.undo.keep(storage)
    this.profile?.enterProgram()
    const site = this.#runProgram()
    this.profile?.leaveProgram()
    const { plan } = this.program.compiled
    if (site !== 0 && makeRoom(plan.checkSites, site)) throw new RoomNeeded()
    if (site !== 0) throw failedCall(this.recording, this.#functionName, leaves.values, plan, site)
    for (const variable of this.#written) variable.storage.version++
    const { resultTemplate, weakResults, gradWrites, argumentGradients, fieldWrites } = this.recording
    for (const { object, key, value } of fieldWrites) object[key] = value
    if (resultTemplate.kind === 'same' && this.program.results.length === 0 && gradWrites.length === 0)
      return resultTemplate.value
    const results: Tensor[] = []
    for (const each of this.#results) results.push(each.tensor())
    noteResults(this.program.resultBytes)
    const firstPrint = results.length - this.#prints.length
    if (!this.#replays) this.#prints.forEach((effect, i) => printEffect(effect, results[firstPrint + i]!.storage.array))
    if (keep) this.#gradient!.track(results, keep)
    let next = weakResults.length
    for (const { variable, isNull } of gradWrites) variable.pokeGrad(isNull ? null : results[next++]!)
    const result = buildResult(resultTemplate, results, leaves.values)
    if (argumentGradients.length > 0) {
      const reached = argumentGradients.map((position) => leaves.values[position] as Tensor) // only tensors have gradients
      reached.forEach((argument, i) => argument.backward(results[next + i]))
    }
    return result
  }

  /** What the last call has left of a result, in an array of its own. */
  resultElements(position: number): TypedArray {
    return this.#results[position]!.elements()
  }

  #runProgram(): number {
    try {
      return this.program.run()
    } catch (error) {
      throw inFunction(error, this.#functionName, linesOfThreads(this.program.compiled.plan))
    }
  }
}

function makeProgram(
  graph: Graph,
  sources: ReadonlyMap<GraphInput, InputSource>,
  functionName: string,
  options: CompileOptions,
): MadeProgram {
  const { compiled, isHit } = compileGraphOnce(graph, options)
  try {
    return { program: new CompiledProgram(compiled, bindingsOf(sources), options), isHit }
  } catch (error) {
    throw inFunction(error, functionName, linesOfLargest(compiled.plan))
  }
}

const onOff = (isOn: boolean): string => (isOn ? 'on' : 'off')
const thereOrNull = (isPresent: boolean): string => (isPresent ? 'there' : 'null')
