import { dtypeInfo } from '../../base/dtype.ts'
import { elementCount } from '../../base/shape.ts'
import type { Place } from '../../compile/compiled-program.ts'
import { workOf } from '../../plan/work.ts'
import { notProfiled } from '../errors.ts'
import type { CallProfile, PartTimes } from './call-profile.ts'
import { chromeTraceOf } from './chrome-trace.ts'
import type { HybridState } from './hybridize.ts'
import { profileText } from './profile-text.ts'
import type { Specialisation } from './specialisation.ts'
import { describeTemplate } from './template.ts'

/** Where one part of the calls spends its time. The rows of a program add up to its calls. */
export interface ProfileRow {
  /**
   * A kernel of the program; copying the arguments in; taking the results out; or what is between the kernels: threads waiting for each
   * other, and the profile's own notes.
   */
  readonly kind: 'kernel' | 'arguments' | 'results' | 'rest'
  readonly name: string
  readonly calls: number
  /** Of the calling thread, like all times here but `slowestThreadMs`. */
  readonly totalMs: number
  readonly meanMs: number
  readonly minMs: number
  readonly maxMs: number
  /** Of the time of all calls, from 0 to 1. */
  readonly share: number
  /** Mean time of the thread that took longest, where several share the kernel. */
  readonly slowestThreadMs: number
  /** Floating-point operations of one call, where they are known, and their rate. */
  readonly flops: number | undefined
  readonly gflops: number | undefined
  /** Bytes that one call reads and writes at least, and their rate. */
  readonly bytes: number
  readonly gigabytesPerSecond: number | undefined
  readonly ops: readonly string[]
  /** `file:line:column` of the calls it carries out. */
  readonly sources: readonly string[]
}

/** One compiled program of the function. */
export interface ProgramProfile {
  /** Form of the arguments it was compiled for. */
  readonly signature: string
  readonly threads: number
  /** Compiled calls that came to their end; the first call is eager, and not among them. */
  readonly calls: number
  readonly totalMs: number
  readonly meanMs: number
  /** In the order of a call: arguments, kernels, results, rest. */
  readonly rows: readonly ProfileRow[]
}

/** The time of a function's compiled calls as data. `String(profile)` is a table. */
export interface Profile {
  readonly functionName: string
  readonly programs: readonly ProgramProfile[]
  /** The latest calls, up to 16 of each program, in the Trace Event Format: the text of a file for Perfetto or chrome://tracing. */
  chromeTrace(): string
  toString(): string
}

/** `fast.profile`: the profile so far, and a new beginning. */
export interface ProfileFunction {
  /** @throws NOT_PROFILED without the option `profile` */
  (): Profile
  /** Forgets the calls so far, for instance those before the engine has optimized the code. */
  reset(): void
}

export function profileFunction(state: HybridState): ProfileFunction {
  const profiled = (): readonly Profiled[] => {
    if (state.options.profile !== true) throw notProfiled(state.functionName)
    return state.specialisations.flatMap((specialisation) =>
      specialisation.profile ? [{ specialisation, profile: specialisation.profile }] : [],
    )
  }
  const profile = (): Profile => {
    const all = profiled()
    const data = { functionName: state.functionName, programs: all.map(programProfile) }
    const traced = all.map((each, i) => ({ program: data.programs[i]!, profile: each.profile }))
    // A copy of the calls, so that later ones do not change the profile.
    const latest = traced.map(({ profile: { recent, marks } }, i) => ({
      recent: [...recent],
      marks,
      ...data.programs[i]!,
    }))
    return Object.defineProperties(
      { ...data, chromeTrace: () => chromeTraceOf(data.functionName, latest), toString: () => profileText(data) },
      // Not enumerable, so that the data prints and serialises as data.
      { chromeTrace: { enumerable: false }, toString: { enumerable: false } },
    )
  }
  const reset = (): void => profiled().forEach((each) => each.profile.reset())
  return Object.assign(profile, { reset })
}

interface Profiled {
  readonly specialisation: Specialisation
  readonly profile: CallProfile
}

function programProfile({ specialisation, profile }: Profiled): ProgramProfile {
  const { template, program, recording } = specialisation
  const { plan } = program.compiled
  const items = template.kind === 'array' ? template.items.slice(1) : [template]
  const copied = [...program.inputs].filter(([input]) => {
    const kind = recording.sources.get(input)?.kind
    return kind === 'argument' || kind === 'grad'
  })
  const row = (
    kind: ProfileRow['kind'],
    name: string,
    times: PartTimes,
    { flops, bytes = 0, ops = [], sources = [] }: Partial<Pick<ProfileRow, 'flops' | 'bytes' | 'ops' | 'sources'>> = {},
  ): ProfileRow => {
    const { calls, total } = profile
    const slowestThreadMs = calls === 0 ? 0 : times.slowestMs / calls
    const perNanosecond = (amount: number | undefined): number | undefined =>
      amount === undefined || slowestThreadMs === 0 ? undefined : amount / slowestThreadMs / 1e6
    return {
      kind,
      name,
      calls,
      totalMs: times.totalMs,
      meanMs: calls === 0 ? 0 : times.totalMs / calls,
      minMs: calls === 0 ? 0 : times.minMs,
      maxMs: times.maxMs,
      share: total.totalMs === 0 ? 0 : times.totalMs / total.totalMs,
      slowestThreadMs,
      flops,
      gflops: perNanosecond(flops),
      bytes,
      gigabytesPerSecond: perNanosecond(bytes),
      ops,
      sources,
    }
  }
  const kernels = plan.kernels.map((kernel, i) => {
    const group = plan.groups[i]!
    const { flops, readBytes, writtenBytes } = workOf(kernel, group)
    const ops = group.nodes.map((node) => node.op)
    return row('kernel', kernel.name, profile.kernels[i]!, {
      flops,
      bytes: readBytes + writtenBytes,
      ops,
      sources: kernel.sources,
    })
  })
  return {
    signature: `(${items.map(describeTemplate).join(', ')})`,
    threads: plan.threads.threads,
    calls: profile.calls,
    totalMs: profile.total.totalMs,
    meanMs: profile.calls === 0 ? 0 : profile.total.totalMs / profile.calls,
    rows: [
      row('arguments', 'arguments', profile.arguments, { bytes: bytesOf(copied.map(([, place]) => place)) }),
      ...kernels,
      row('results', 'results', profile.results, { bytes: bytesOf(program.results) }),
      row('rest', 'between kernels', profile.rest),
    ],
  }
}

const bytesOf = (places: readonly Place[]): number =>
  places.reduce((sum, { type }) => sum + elementCount(type.shape) * dtypeInfo[type.dtype].byteSize, 0)
