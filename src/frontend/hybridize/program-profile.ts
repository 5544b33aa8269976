import { dtypeInfo } from '../../base/dtype.ts'
import { InternalError } from '../../base/errors.ts'
import { elementCount } from '../../base/shape.ts'
import type { Place } from '../../compile/compiled-program.ts'
import type { ProgramMarks } from '../../compile/program-marks.ts'
import { repeatedKernels } from '../../plan/program-steps.ts'
import { workOf } from '../../plan/work.ts'
import type { CallProfile, CallTimeline, PartTimes } from './call-profile.ts'
import type { ProfileRow, ProgramProfile } from './profile.ts'
import type { Specialisation } from './specialisation.ts'
import { describeTemplate } from './template.ts'

/** A program's profile, with its latest calls as they are now. */
export interface TracedProgram {
  readonly profile: ProgramProfile
  readonly recent: readonly CallTimeline[]
  readonly marks: ProgramMarks
}

export function tracedProgram(specialisation: Specialisation): TracedProgram {
  const { profile } = specialisation
  if (!profile) throw new InternalError('a program without marks has no profile')
  return { profile: programProfile(specialisation, profile), recent: [...profile.recent], marks: profile.marks }
}

function programProfile({ template, program, sources }: Specialisation, profile: CallProfile): ProgramProfile {
  const { plan } = program.compiled
  const { calls, total } = profile
  const items = template.kind === 'array' ? template.items.slice(1) : [template]
  const copied = [...program.inputs].flatMap(([input, place]) =>
    ['state', 'capture'].includes(sources.get(input)?.kind ?? 'size') ? [] : [place],
  )
  const repeated = repeatedKernels(plan.steps)
  const kernels = plan.kernels.map((kernel, i) => {
    const group = plan.groups[i]!
    const { flops, readBytes, writtenBytes } = workOf(kernel, group)
    const ops = group.nodes.map((node) => node.op)
    // How often a kernel in a loop ran is not known.
    const amount = repeated.has(i) ? {} : { flops, bytes: readBytes + writtenBytes }
    const work = { ...amount, ops, sources: kernel.sources }
    return rowOf('kernel', kernel.name, profile, profile.kernels[i]!, work)
  })
  return {
    signature: `(${items.map(describeTemplate).join(', ')})`,
    threads: plan.threads.threads,
    calls,
    totalMs: total.totalMs,
    meanMs: calls === 0 ? 0 : total.totalMs / calls,
    rows: [
      rowOf('arguments', 'arguments', profile, profile.arguments, { bytes: bytesOf(copied) }),
      ...kernels,
      rowOf('results', 'results', profile, profile.results, { bytes: bytesOf(program.results) }),
      rowOf('rest', 'between kernels', profile, profile.rest, {}),
    ],
  }
}

function rowOf(
  kind: ProfileRow['kind'],
  name: string,
  { calls, total }: CallProfile,
  { totalMs, minMs, maxMs, slowestMs }: PartTimes,
  { flops, bytes = 0, ops = [], sources = [] }: Partial<Pick<ProfileRow, 'flops' | 'bytes' | 'ops' | 'sources'>>,
): ProfileRow {
  const slowestThreadMs = calls === 0 ? 0 : slowestMs / calls
  const perNanosecond = (amount: number | undefined): number | undefined =>
    amount === undefined || slowestThreadMs === 0 ? undefined : amount / slowestThreadMs / 1e6
  return {
    kind,
    name,
    calls,
    totalMs,
    meanMs: calls === 0 ? 0 : totalMs / calls,
    minMs: calls === 0 ? 0 : minMs,
    maxMs,
    share: total.totalMs === 0 ? 0 : totalMs / total.totalMs,
    slowestThreadMs,
    flops,
    gflops: perNanosecond(flops),
    bytes,
    gigabytesPerSecond: perNanosecond(bytes),
    ops,
    sources,
  }
}

const bytesOf = (places: readonly Place[]): number =>
  places.reduce((sum, { type }) => sum + elementCount(type.shape) * dtypeInfo[type.dtype].byteSize, 0)
