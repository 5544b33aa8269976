import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { data, type Tensor } from 'gryph'

const shipped = fileURLToPath(new URL('../data/made-up-noise/noise.tsv', import.meta.url))
/** Units are Hz, degrees, m, m/s, m, dB. */
const names = ['frequency', 'angle', 'chord', 'velocity', 'thickness', 'level']
const rowCount = 1500

/** A data set whose figures are known. */
export type TableName = 'airfoil' | 'made-up'
const knownTables: Readonly<Record<string, TableName>> = {
  d9dfd00ed1ff52487b87aceb5ff20462d8e0801c: 'airfoil',
}

/** Five standardised inputs and a standardised output, float64. */
export interface Table {
  readonly name: TableName | 'other'
  readonly title: string
  /** [1500, 5] */
  readonly x: Tensor
  /** [1500] */
  readonly y: Tensor
}

/**
 * The table at a path, or the one that the repository ships. Standardised over all its rows, the output too; then 1500 rows are kept.
 *
 * @throws GryphError when it is no such table, with the line
 */
export function loadTable(path = shipped): Table {
  const bytes = readFileSync(path)
  const columns = Object.fromEntries(names.map((name) => [name, 'float64' as const]))
  const rows = data.readCsv(bytes, path, { separator: '\t', header: false, names, columns }).matrix()
  const { values } = data.standardise(rows)
  const name = path === shipped ? 'made-up' : (knownTables[createHash('sha1').update(bytes).digest('hex')] ?? 'other')
  const titles = { 'made-up': 'made-up noise table', airfoil: 'NASA airfoil self-noise', other: path }
  return {
    name,
    title: titles[name],
    x: values.slice([
      [0, rowCount],
      [0, names.length - 1],
    ]),
    y: values.slice([[0, rowCount], names.length - 1]),
  }
}
