import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadCsvFile, readCsv, type CsvOptions } from '../../../src/data/index.ts'
import type { Tensor } from '../../../src/index.ts'
import { refusalOf } from '../refusal-of.ts'

const contentOf = (text: string, options?: CsvOptions, name = 'a.csv'): unknown[] => {
  const table = readCsv(text, name, options)
  return table.names.map((each) => {
    const column = table.column(each)
    return Array.isArray(column) ? [each, column] : [each, (column as Tensor).dtype, (column as Tensor).toArray()]
  })
}

describe('a table', () => {
  test('has typed columns with the names of its header', () => {
    const text = 'x, y ,name,ok\n1,-2.5e3,a b,true\n.5, 7 ,,FALSE\n'
    expect(contentOf(text)).toEqual([
      ['x', 'float32', [1, 0.5]],
      ['y', 'float32', [-2500, 7]],
      ['name', ['a b', '']],
      ['ok', 'bool', [true, false]],
    ])
  })

  test.each([
    ['a tab, by its name', '1\t2\n3\t4', { header: false }, 'a.tsv'],
    ['a tab, as asked for', '1\t2\n3\t4', { header: false, separator: '\t' }, 'a.dat'],
    ['a semicolon', '1;2\r\n3;4\r\n', { header: false, separator: ';' }, 'a.csv'],
    [
      'a space, old line ends and comments',
      '# of\r1 2\r#x\r\r3 4\r',
      { header: false, separator: ' ', comment: '#' },
      'a.csv',
    ],
    ['a mark of its byte order', '\ufeff1,2\n3,4', { header: false }, 'a.csv'],
  ])('may have %s', (_, text, options, name) => {
    expect(contentOf(text, options, name)).toEqual([
      ['0', 'float32', [1, 3]],
      ['1', 'float32', [2, 4]],
    ])
  })

  test('may have quotes around separators, quotes and lines', () => {
    expect(contentOf('a,"b ""c"""\n"1,5","x\r\ny"\n"","""q"""\n')).toEqual([
      ['a', ['1,5', '']],
      ['b "c"', ['x\r\ny', '"q"']],
    ])
  })

  test('is read as the types that are asked for', () => {
    const columns = { i: 'int32', u: 'uint8', b: 'bool', d: 'float64', s: 'string' } as const
    expect(contentOf('i,u,b,d,s\n-7,255,1,0.1,1\n2.0,0,false,nan,2', { columns })).toEqual([
      ['i', 'int32', [-7, 2]],
      ['u', 'uint8', [255, 0]],
      ['b', 'bool', [true, false]],
      ['d', 'float64', [0.1, NaN]],
      ['s', ['1', '2']],
    ])
  })

  test('may have gaps in columns of floats', () => {
    expect(contentOf('x,y\n1,NA\n,-inf\n?,2', { missing: ['NA', '?'], dtype: 'float64' })).toEqual([
      ['x', 'float64', [1, NaN, NaN]],
      ['y', 'float64', [NaN, -Infinity, 2]],
    ])
  })

  test('takes other names than its header', () => {
    expect(contentOf('a,b\n1,2', { names: ['x', 'y'] })).toEqual([
      ['x', 'float32', [1]],
      ['y', 'float32', [2]],
    ])
  })

  test('gives columns side by side, and as text', () => {
    const table = readCsv('x,k,n\n1.5,1,a\n2.5,2,b', 'a.csv', { columns: { k: 'int32' } })
    expect(table.matrix(['k', 'x']).toArray()).toEqual([
      [1, 1.5],
      [2, 2.5],
    ])
    expect([table.length, table.matrix(['k']).dtype, table.strings('x'), table.strings('n')]).toEqual([
      2,
      'int32',
      ['1.5', '2.5'],
      ['a', 'b'],
    ])
  })

  test('with a header alone has no rows', () => {
    const table = readCsv('a,b\n', 'a.csv', { columns: { a: 'float32' } })
    expect([table.length, table.names, table.matrix(['a']).shape]).toEqual([0, ['a', 'b'], [0, 1]])
  })

  test('is read from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gryph-csv-'))
    writeFileSync(join(folder, 'a.tsv'), 'µ\tx\n1\t2\n')
    expect((await loadCsvFile(join(folder, 'a.tsv'))).names).toEqual(['µ', 'x'])
    writeFileSync(join(folder, 'bad.csv'), Uint8Array.of(0x61, 10, 0x31, 10, 0xff, 10))
    expect(await refusalOf(() => loadCsvFile(join(folder, 'bad.csv')))).toEqual({
      code: 'CSV_NOT_TEXT',
      message: `[readCsv] line 3 of ${join(folder, 'bad.csv')} is no text in UTF-8. Convert the file to UTF-8.`,
    })
    rmSync(folder, { recursive: true })
  })
})

test('any fields come back from quotes', () => {
  const field = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é', '1') })
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (rows) => {
      const text = rows.map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')).join('\n')
      const table = readCsv(text, 'a', { header: false, columns: { 0: 'string', 1: 'string' } })
      expect([table.strings('0'), table.strings('1')]).toEqual([rows.map(([a]) => a), rows.map(([, b]) => b)])
    }),
  )
})

test('any text is read or refused with a coded error', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '1', '.', '-', '\0', '\ufeff') })
  await fc.assert(
    fc.asyncProperty(text, fc.boolean(), async (given, header) => {
      try {
        readCsv(given, 'a', { header })
      } catch {
        expect((await refusalOf(() => readCsv(given, 'a', { header }))).code).toMatch(/^CSV_/)
      }
    }),
  )
})

const table = readCsv('x,name\n1,a', 'a.csv')
test.each<[string, string, () => unknown]>([
  [
    'CSV_RAGGED',
    '[readCsv] line 4 of a.csv has 1 field, and the first row has 2. Give every row as many, and check the separator.',
    () => readCsv('a,b\n\n1,2\n3\n', 'a.csv'),
  ],
  [
    'CSV_RAGGED',
    '[readCsv] line 4 of a.csv has 3 fields, and the first row has 2. Give every row as many, and check the separator.',
    () => readCsv('a,b\n"1\n",2\n1,2,3', 'a.csv'),
  ],
  [
    'CSV_QUOTE_INVALID',
    '[readCsv] line 2 of a.csv has a quote without its end. Put quotes around the whole field, and write a quote inside as two.',
    () => readCsv('a\n"1\n2\n3', 'a.csv'),
  ],
  [
    'CSV_QUOTE_INVALID',
    '[readCsv] line 2 of a.csv has text behind a closing quote. Put quotes around the whole field, and write a quote inside as two.',
    () => readCsv('a\n"1"x\n', 'a.csv'),
  ],
  [
    'CSV_VALUE_INVALID',
    "[readCsv] line 3 of a.csv has '1.5' in column 'x', which is no int32. Correct it, name it in missing, or read the column as string.",
    () => readCsv('x\n1\n1.5', 'a.csv', { columns: { x: 'int32' } }),
  ],
  [
    'CSV_VALUE_INVALID',
    "[readCsv] line 2 of a.csv has '256' in column 'x', which is no uint8. Correct it, name it in missing, or read the column as string.",
    () => readCsv('x\n256', 'a.csv', { columns: { x: 'uint8' } }),
  ],
  [
    'CSV_VALUE_INVALID',
    "[readCsv] line 2 of a.csv has '0x10' in column 'x', which is no float32. Correct it, name it in missing, or read the column as string.",
    () => readCsv('x\n0x10', 'a.csv', { columns: { x: 'float32' } }),
  ],
  [
    'CSV_VALUE_INVALID',
    "[readCsv] line 2 of a.csv has nothing in column 'x', which is to be int32. Use float32 or float64, where that is NaN, or fill it in.",
    () => readCsv('x,y\n,1', 'a.csv', { columns: { x: 'int32' } }),
  ],
  [
    'CSV_NOT_TEXT',
    '[readCsv] a.csv was given as 5. Pass its text, or its bytes as a Uint8Array.',
    () => readCsv(5 as never, 'a.csv'),
  ],
  [
    'CSV_EMPTY',
    '[readCsv] a.csv has no rows. Check the file, or the header and comment options.',
    () => readCsv('\n\n', 'a.csv'),
  ],
  [
    'CSV_HEADER_INVALID',
    "[readCsv] line 1 of a.csv names two columns 'a'. Rename one, or pass names or header: false.",
    () => readCsv('a,b,a\n1,2,3', 'a.csv'),
  ],
  [
    'CSV_OPTION_INVALID',
    '[readCsv] separator is ",,". Use one character that is neither a quote nor a line break.',
    () => readCsv('a', 'a.csv', { separator: ',,' }),
  ],
  [
    'CSV_OPTION_INVALID',
    "[readCsv] dtype is \"int32\". Use 'float32' or 'float64'.",
    () => readCsv('a', 'a.csv', { dtype: 'int32' as never }),
  ],
  [
    'CSV_OPTION_INVALID',
    '[readCsv] a type of columns is "number". Use a dtype or \'string\'.',
    () => readCsv('a', 'a.csv', { columns: { a: 'number' as never } }),
  ],
  [
    'CSV_COLUMN_UNKNOWN',
    '[readCsv] there is no column "b". Use one of \'a\'.',
    () => readCsv('a\n1', 'a.csv', { columns: { b: 'int32' } }),
  ],
  ['CSV_COLUMN_UNKNOWN', "[column] there is no column \"z\". Use one of 'x', 'name'.", () => table.column('z')],
  [
    'CSV_COLUMN_OF_TEXT',
    "[tensor] column 'b' is text: line 3 has '1O'. Read it with strings(), or leave it out of matrix(); correct a field, or name it in missing, to have numbers.",
    () => readCsv('a,b\n1,\n2,1O\n3,x', 'a.csv').matrix(),
  ],
  [
    'CSV_COLUMN_OF_TEXT',
    "[tensor] column 'a' is text. Read it with strings(), or leave it out of matrix().",
    () => readCsv('a\nx', 'a.csv', { columns: { a: 'string' } }).matrix(),
  ],
])('%s: %s', async (code, message, call) => {
  expect(await refusalOf(call)).toEqual({ code, message })
})
