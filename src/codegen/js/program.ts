import { generate } from 'astring'
import type * as ESTree from 'estree'

import type { Buffer, Kernel } from '../../kernel/ir.ts'
import { NameTable } from '../../kernel/names.ts'
import { inOrder, repeatedKernels, type ProgramStep } from '../../plan/program-steps.ts'
import { endMark, startMark } from '../../plan/profile-marks.ts'
import type { Placement } from '../../plan/placement.ts'
import {
  assign,
  binary,
  call,
  commented,
  declare,
  declareFunction,
  element,
  member,
  name,
  number,
  returns,
  statement,
  text,
  when,
} from './estree.ts'
import { HelperSet, helperNames } from './program-functions.ts'
import { stepStatements } from './program-steps.ts'
import { kernelFunction, parameterName, viewNames, type KernelFunction } from './kernel-function.ts'

export interface JsProgramSpec {
  /** A kernel may stand there several times. Lanes are 1 throughout. */
  readonly kernels: readonly Kernel[]
  /** What runs, in order; by default every kernel once. */
  readonly steps?: readonly ProgramStep[]
  placementOf(buffer: Buffer): Placement
  readonly parameterCount: number
  /** How `fma` rounds. */
  readonly fma: 'fused' | 'separate'
  /** Where a failed check leaves its value, as i32. */
  readonly statusByteOffset: number
  /** Where a profiled program leaves the time before and after each kernel. */
  readonly marksByteOffset?: number | undefined
}

/**
 * The kernels as a JavaScript program: one function each, and `run(f32, f64, i32, u8, ...byteOffsets)`, which takes views of the whole arena
 * and returns 0 or the site of a failed check.
 */
export function generateJs(spec: JsProgramSpec): { program: ESTree.Program; text: string } {
  const parameters = Array.from({ length: spec.parameterCount }, (_, position) => parameterName(position))
  const reservedNames = [...reservedWords, ...viewNames, ...parameters, ...helperNames]
  const names = new NameTable(reservedNames)
  const helpers = new HelperSet()
  const functions = new Map<Kernel, { readonly id: string; readonly made: KernelFunction }>()
  for (const kernel of spec.kernels) {
    if (functions.has(kernel)) continue
    const id = names.nameOf(kernel)
    const made = kernelFunction(kernel, id, {
      fma: spec.fma,
      statusByteOffset: spec.statusByteOffset,
      reservedNames,
      placementOf: (buffer) => spec.placementOf(buffer),
      helper: helpers.need,
    })
    functions.set(kernel, { id, made })
  }

  const calls: ESTree.Statement[] = []
  if ([...functions.values()].some(({ made }) => made.canFail)) calls.push(declare('let', 'site', number(0)))
  const steps = spec.steps ?? inOrder(spec.kernels.length)
  const repeated = repeatedKernels(steps)
  const invoke = (position: number): ESTree.Statement[] => {
    const { id, made } = functions.get(spec.kernels[position]!)!
    const invocation = call(name(id), ...made.params.map(name))
    return [
      ...mark(spec, position, 'start', repeated.has(position)),
      made.canFail ? assign(name('site'), invocation) : statement(invocation),
      ...mark(spec, position, 'end', repeated.has(position)),
      ...(made.canFail ? [when(binary('!==', name('site'), number(0)), returns(name('site')))] : []),
    ]
  }
  calls.push(...stepStatements(steps, { invoke, placementOf: (buffer) => spec.placementOf(buffer), names }))
  const run = commented(
    declareFunction('run', [...viewNames, ...parameters], [...calls, returns(number(0))]),
    'Takes views of the whole arena; returns 0 or the site of a failed check.',
  )
  const program: ESTree.Program = {
    type: 'Program',
    sourceType: 'script',
    body: [
      { type: 'ExpressionStatement', expression: text('use strict'), directive: 'use strict' },
      ...helpers.declarations,
      ...[...functions.values()].map(({ made }) => made.declaration),
      run,
    ],
  }
  return { program, text: generate(program, { comments: true }) }
}

/** Notes the time, in a profiled program; of a kernel that runs several times as the WebAssembly back end does. */
function mark(
  { marksByteOffset }: JsProgramSpec,
  kernel: number,
  which: 'start' | 'end',
  isRepeated: boolean,
): ESTree.Statement[] {
  if (marksByteOffset === undefined) return []
  const word = (byteOffset: number): ESTree.MemberExpression =>
    element(name('f64'), number((marksByteOffset + byteOffset) / 8))
  const [start, end] = [word(startMark(kernel)), word(endMark(kernel))]
  const now = call(member(name('performance'), 'now'))
  if (!isRepeated) return [assign(which === 'start' ? start : end, now)]
  if (which === 'end') return [assign(end, binary('+', end, now))]
  // A first start is exact to the time between two looks at the clock.
  const first = when(binary('===', start, number(0)), assign(start, now), assign(end, start))
  return [first, assign(end, binary('-', end, now))]
}

const reservedWords = [
  'Float32Array',
  'Float64Array',
  'Infinity',
  'Int32Array',
  'Math',
  'NaN',
  'arguments',
  'await',
  'break',
  'case',
  'catch',
  'class',
  'const',
  'continue',
  'debugger',
  'default',
  'delete',
  'do',
  'else',
  'enum',
  'eval',
  'export',
  'extends',
  'false',
  'finally',
  'for',
  'function',
  'if',
  'implements',
  'import',
  'in',
  'instanceof',
  'interface',
  'let',
  'new',
  'null',
  'package',
  'performance',
  'private',
  'protected',
  'public',
  'return',
  'run',
  'site',
  'static',
  'super',
  'switch',
  'this',
  'throw',
  'true',
  'try',
  'typeof',
  'undefined',
  'var',
  'void',
  'while',
  'with',
  'yield',
]
