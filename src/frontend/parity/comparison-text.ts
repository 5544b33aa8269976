import type { ModeComparison, ModeMeasures } from './compare-modes.ts'

type Row = readonly [label: string, eager: string, compiled: string, note: string]

/** The table that people read. */
export function comparisonText(comparison: Omit<ModeComparison, 'toString'>): string {
  const { functionName, steps, eager, compiled, notCompiled, speedUp, breakEvenStep, bitEqual, different } = comparison
  const both = (format: (mode: ModeMeasures) => string): [string, string] => [format(eager), format(compiled)]
  const compiledRows: readonly Row[] = [
    ['break-even', '', breakEvenStep === null ? 'never' : `step ${breakEvenStep}`, 'from then on ahead in total'],
    ['work per step', `${eager.ops} ops`, `${compiled.kernels} kernels`, `${kilobytes(compiled.moduleBytes)} of code`],
  ]
  const rows: readonly Row[] = [
    ['', 'eager', notCompiled === undefined ? 'compiled' : 'eager too', ''],
    [
      'time per step (median)',
      ...both(({ medianStepMs }) => milliseconds(medianStepMs)),
      notCompiled === undefined ? `${speedUp.toFixed(2)} times as fast` : `not compiled: ${notCompiled}`,
    ],
    ['  best', ...both(({ bestStepMs }) => milliseconds(bestStepMs)), ''],
    [
      'first call',
      ...both(({ firstCallMs }) => milliseconds(firstCallMs)),
      notCompiled === undefined ? `of it ${milliseconds(compiled.compileMs)} to compile` : '',
    ],
    ...(notCompiled === undefined ? compiledRows : []),
    [
      'peak memory added',
      ...both(({ peakBytes }) => (peakBytes === null ? '' : kilobytes(peakBytes))),
      notCompiled === undefined ? `planned buffers: ${kilobytes(compiled.arenaBytes)}` : '',
    ],
  ]
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length))
  const [labels, eagers, compileds] = [width(0), width(1), width(2)]
  const table = rows.map(([label, first, second, note]) =>
    `${label.padEnd(labels)}  ${first.padStart(eagers)}  ${second.padStart(compileds)}  ${note}`.trimEnd(),
  )
  return [
    `${functionName}: ${steps} steps in each mode from the same state`,
    ...table,
    bitEqual ? 'Results and state are equal bit by bit.' : `DIFFERENT bits: ${different.join(', ')}.`,
  ].join('\n')
}

const milliseconds = (value: number): string => `${value < 1 ? value.toPrecision(2) : value.toFixed(2)} ms`
const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`
