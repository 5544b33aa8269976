import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { data, tensor, type Tensor } from 'gryph'

const shipped = fileURLToPath(new URL('../data/made-up-noise/noise.tsv', import.meta.url))
const columnCount = 6
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

/** The table at a path, or the one that the repository ships. Standardised over all its rows, the output too; then 1500 rows are kept. */
export function loadTable(path = shipped): Table {
  const bytes = readFileSync(path)
  const rows = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split('\t').map(Number))
  const odd = rows.findIndex((row) => row.length !== columnCount || row.some((value) => !Number.isFinite(value)))
  if (odd >= 0 || rows.length < rowCount)
    throw new Error(
      `${path} is no table of at least ${rowCount} rows with ${columnCount} numbers${odd >= 0 ? `: line ${odd + 1}` : ''}. Give the airfoil self-noise data.`,
    )
  const { values } = data.standardise(tensor(rows, { dtype: 'float64' }))
  const name = path === shipped ? 'made-up' : (knownTables[createHash('sha1').update(bytes).digest('hex')] ?? 'other')
  const titles = { 'made-up': 'made-up noise table', airfoil: 'NASA airfoil self-noise', other: path }
  return {
    name,
    title: titles[name],
    x: values.slice([
      [0, rowCount],
      [0, columnCount - 1],
    ]),
    y: values.slice([[0, rowCount], columnCount - 1]),
  }
}
