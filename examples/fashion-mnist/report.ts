import type { Explanation } from 'gryph'
import type { AloneReport } from './alone.ts'
import type { Args } from './args.ts'
import type { Run } from './train.ts'

export interface ModeReport {
  readonly medianStepMs: number
  /** From a process that trains in this mode only. */
  readonly firstCallMs: number
  readonly peakResidentBytes: number
  /** Of `peakResidentBytes`, what training added to the process with its network made. */
  readonly trainingResidentBytes: number
  readonly finalLoss: number
  readonly testAccuracy: number
}

/** Everything the program prints: `--json` as it is, otherwise as a table. */
export interface Report {
  readonly steps: number
  readonly batch: number
  readonly optimizer: string
  readonly trainImages: number
  readonly testImages: number
  readonly node: string
  /** Whether anything was compiled; not where GRYPH_HYBRIDIZE=off, and then both modes ran eagerly. */
  readonly hybridize: boolean
  readonly eager: ModeReport & { readonly ops: number }
  readonly compiled: ModeReport & {
    readonly compileMs: number
    readonly kernels: number
    readonly moduleBytes: number
    readonly arenaBytes: number
  }
  /** Median eager step over median compiled step; null when nothing was compiled. */
  readonly speedUp: number | null
  /** First step after which a compiled process, tracing and compiling included, is ahead of an eager one; null when that was not reached. */
  readonly breakEvenStep: number | null
  readonly aloneSteps: number
  readonly stateTensors: number
  /** Names of parameters and optimizer state that are not equal bit by bit. */
  readonly differentTensors: readonly string[]
  /** Whether parameters, optimizer state and the last loss are equal bit by bit. */
  readonly bitEqual: boolean
}

/** What one mode left behind. */
export interface ModeResult {
  readonly run: Run
  readonly alone: AloneReport
  readonly testAccuracy: number
}

export interface Comparison {
  readonly eager: ModeResult
  readonly compiled: ModeResult
  readonly explanation: Explanation
  readonly trainImages: number
  readonly testImages: number
  readonly stateTensors: number
  readonly differentTensors: readonly string[]
}

export function makeReport({ steps, batch, optimizer }: Args, comparison: Comparison): Report {
  const { eager, compiled, explanation, trainImages, testImages, stateTensors, differentTensors } = comparison
  const specialisation = explanation.specialisations[0]
  const eagerReport = modeReport(eager)
  const compiledReport = modeReport(compiled)
  return {
    steps,
    batch,
    optimizer,
    trainImages,
    testImages,
    node: process.versions.node,
    hybridize: specialisation !== undefined,
    eager: { ...eagerReport, ops: specialisation?.tracedNodes ?? 0 },
    compiled: {
      ...compiledReport,
      compileMs: compiled.alone.compileMs,
      kernels: specialisation?.kernels.length ?? 0,
      moduleBytes: specialisation?.moduleBytes ?? 0,
      arenaBytes: specialisation?.arenaBytes ?? 0,
    },
    speedUp: specialisation ? eagerReport.medianStepMs / compiledReport.medianStepMs : null,
    breakEvenStep: !specialisation ? null : breakEvenStep(eager.alone.stepMs, compiled.alone.stepMs),
    aloneSteps: eager.alone.stepMs.length,
    stateTensors,
    differentTensors,
    bitEqual: differentTensors.length === 0 && Object.is(eager.run.loss, compiled.run.loss),
  }
}

const modeReport = ({ run, alone, testAccuracy }: ModeResult): ModeReport => ({
  medianStepMs: median(run.stepMs),
  firstCallMs: alone.stepMs[0] ?? NaN,
  peakResidentBytes: alone.peakBytes,
  trainingResidentBytes: alone.peakBytes - alone.startBytes,
  finalLoss: run.loss,
  testAccuracy,
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The first step, counted from 1, after which the compiled steps have taken less time in total. */
export function breakEvenStep(eagerMs: readonly number[], compiledMs: readonly number[]): number | null {
  let lead = 0
  for (let i = 0; i < Math.min(eagerMs.length, compiledMs.length); i++) {
    lead += eagerMs[i]! - compiledMs[i]!
    if (lead > 0) return i + 1
  }
  return null
}

const milliseconds = (value: number): string => `${value < 100 ? value.toFixed(2) : value.toFixed(0)} ms`
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

type Row = readonly [label: string, eager: string, compiled: string, note: string]

/** The table that people read. */
export function formatReport(report: Report): string {
  const { eager, compiled, hybridize, speedUp, breakEvenStep: breakEven, aloneSteps } = report
  const both = (format: (mode: ModeReport) => string): [string, string] => [format(eager), format(compiled)]
  const ifCompiled = (row: Row): Row[] => (hybridize ? [row] : [])
  const rows: readonly Row[] = [
    hybridize ? ['', 'eager', 'compiled', ''] : ['', 'eager', 'eager too', ''],
    [
      'time per step (median)',
      ...both((mode) => milliseconds(mode.medianStepMs)),
      speedUp === null ? '' : `${speedUp.toFixed(2)} times as fast`,
    ],
    [
      'first call *',
      ...both((mode) => milliseconds(mode.firstCallMs)),
      hybridize ? `of it ${milliseconds(compiled.compileMs)} to compile` : '',
    ],
    ...ifCompiled([
      'break-even *',
      '',
      breakEven ? `step ${breakEven}` : 'none',
      breakEven ? 'from then on ahead in total' : `within ${aloneSteps} steps`,
    ]),
    [
      'peak process memory *',
      ...both((mode) => megabytes(mode.peakResidentBytes)),
      'resident set of the whole process',
    ],
    [
      '  of it by training',
      ...both((mode) => megabytes(mode.trainingResidentBytes)),
      hybridize ? `planned buffers: ${megabytes(compiled.arenaBytes)}` : '',
    ],
    ...ifCompiled([
      'work per step',
      `${eager.ops} ops`,
      `${compiled.kernels} kernels`,
      `one module of ${(compiled.moduleBytes / 1000).toFixed(0)} kB`,
    ]),
    ['final loss', ...both((mode) => mode.finalLoss.toPrecision(7)), ''],
    ['test accuracy', ...both((mode) => percent(mode.testAccuracy)), ''],
  ]
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length))
  const [labels, eagers, compileds] = [width(0), width(1), width(2)]
  const table = rows.map(([label, first, second, note]) =>
    `${label.padEnd(labels)}  ${first.padStart(eagers)}  ${second.padStart(compileds)}  ${note}`.trimEnd(),
  )
  return [
    `Fashion-MNIST, ${report.trainImages} training and ${report.testImages} test images; 784-256-128-10 network, ${report.optimizer},`,
    `${report.steps} steps of ${report.batch} images in each mode, in turns on one core; Node ${report.node}`,
    ...(hybridize
      ? []
      : [
          'Hybridize is off, so nothing was compiled: both modes ran eagerly, and their times say nothing about compiling.',
        ]),
    '',
    ...table,
    '',
    `* each mode in a process of its own, ${aloneSteps} steps from a cold start; memory is read after every step`,
    report.bitEqual
      ? `All ${report.stateTensors} tensors of parameters and optimizer state are equal bit by bit.`
      : differenceText(report),
  ].join('\n')
}

export const differenceText = ({ differentTensors, stateTensors, eager, compiled }: Report): string =>
  `The modes DIFFER in ${differentTensors.length} of ${stateTensors} tensors of parameters and optimizer state (${differentTensors.join(', ')}); final loss ${eager.finalLoss} and ${compiled.finalLoss}.`
