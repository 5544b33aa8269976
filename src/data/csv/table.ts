import { dtypeInfo, promote, type Dtype } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { csvColumnOfText, csvColumnUnknown, type FirstText } from './errors.ts'

/** A column: numbers and truth values as a tensor of one axis, text as strings. */
export type Column = Tensor | readonly string[]

/** Rows of named, typed columns. */
export class Table {
  /** Number of rows. */
  readonly length: number
  /** Of the columns, in the order of the file. */
  readonly names: readonly string[]
  readonly #columns: ReadonlyMap<string, Column>
  readonly #firstTexts: ReadonlyMap<string, FirstText>

  /** @internal Use `readCsv`. */
  constructor(length: number, columns: ReadonlyMap<string, Column>, firstTexts: ReadonlyMap<string, FirstText>) {
    this.#firstTexts = firstTexts
    this.length = length
    this.names = [...columns.keys()]
    this.#columns = columns
  }

  /** @throws CSV_COLUMN_UNKNOWN */
  column(name: string): Column {
    return this.#find('column', name)
  }

  /** A column of numbers or truth values: [length]. @throws CSV_COLUMN_UNKNOWN, CSV_COLUMN_OF_TEXT */
  tensor(name: string): Tensor {
    const column = this.#find('tensor', name)
    if (isText(column)) throw csvColumnOfText(name, this.#firstTexts.get(name))
    return column
  }

  /** A column as text; of numbers, as JavaScript writes them. @throws CSV_COLUMN_UNKNOWN */
  strings(name: string): string[] {
    const column = this.#find('strings', name)
    if (isText(column)) return [...column]
    const texts = column.dtype === 'bool' ? (value: number) => String(value !== 0) : String
    return Array.from(column.data(), texts)
  }

  /** The given columns side by side, [length, columns], in the strongest of their dtypes. Default: all. @throws CSV_COLUMN_UNKNOWN, CSV_COLUMN_OF_TEXT */
  matrix(names: readonly string[] = this.names): Tensor {
    const columns = names.map((name) => this.tensor(name))
    const dtype = columns.map((column) => column.dtype).reduce<Dtype>(promote, columns.length > 0 ? 'bool' : 'float32')
    const elements = new dtypeInfo[dtype].array(this.length * columns.length)
    columns.forEach((column, j) => {
      const values = column.data()
      for (let i = 0; i < this.length; i++) elements[i * columns.length + j] = values[i]!
    })
    return tensorOf(dtype, [this.length, columns.length], elements)
  }

  #find(where: string, name: string): Column {
    const column = this.#columns.get(name)
    if (column === undefined) throw csvColumnUnknown(where, name, this.names)
    return column
  }
}

const isText = (column: Column): column is readonly string[] => Array.isArray(column)
