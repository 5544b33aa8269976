import type { ModeComparison } from './example.ts'
import type { Figure } from './figure.ts'
import type { RunRecord } from './run-alone.ts'

/** Figures, times and files as lines for a terminal. */
export function reportText({ figures, comparisons, pictures }: RunRecord, folder: string): string {
  return [
    '',
    ...figureTable(figures),
    ...comparisons.flatMap((comparison) => ['', ...comparisonLines(comparison)]),
    ...(pictures.length === 0 ? [] : ['', ...pictures.map(({ file }) => `picture: ${folder}/${file}`)]),
  ].join('\n')
}

function figureTable(figures: readonly Figure[]): string[] {
  if (figures.length === 0) return []
  const rows = [
    ['', 'obtained', 'expected', ''],
    ...figures.map(({ label, obtained, expected, isRight }) => [label, obtained, expected, isRight ? 'ok' : 'WRONG']),
  ]
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function comparisonLines(comparison: ModeComparison): string[] {
  const { label, eagerFirstMs, compiledFirstMs, eagerMs, compiledMs, different } = comparison
  const ratio = (a: number, b: number): string => `${ratioText(a / b)} times as fast`
  const lines = [
    ...(eagerFirstMs === undefined || compiledFirstMs === undefined
      ? []
      : [
          `first run: eager ${milliseconds(eagerFirstMs)}, compiled ${milliseconds(compiledFirstMs)} (compiling included)`,
        ]),
    ...(eagerMs === undefined || compiledMs === undefined
      ? []
      : [
          `${eagerFirstMs === undefined ? 'time' : 'later runs'}: eager ${milliseconds(eagerMs)}, compiled ${milliseconds(compiledMs)}, ${ratio(eagerMs, compiledMs)}`,
        ]),
    different.length === 0
      ? 'Eager and compiled results are equal in every bit.'
      : `Eager and compiled results DIFFER: ${different.slice(0, 5).join(', ')}${different.length > 5 ? ', …' : ''}`,
  ]
  return label === undefined ? lines : [`${label}:`, ...lines]
}

/** With two digits, or three from 10 on. */
export const ratioText = (ratio: number): string => String(Number(ratio.toPrecision(ratio < 10 ? 2 : 3)))

/** With three digits, in a unit that suits. */
export function milliseconds(ms: number): string {
  if (ms < 0.9995) return `${Number((ms * 1000).toPrecision(3))} µs`
  if (ms < 999.5) return `${Number(ms.toPrecision(3))} ms`
  return `${Number((ms / 1000).toPrecision(3))} s`
}
