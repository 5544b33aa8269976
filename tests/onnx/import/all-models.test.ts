import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { hasTestdata, operatorModels, runOperatorModel } from './operator-models.ts'
import { compareWithOnnxruntime, realModels } from './real-models.ts'
import { operatorTable, type Row } from './operator-table.ts'

/** They take a minute, and models are fetched: `npm run test:onnx` asks for them. */
const isWanted = process.env['npm_lifecycle_event'] === 'test:onnx'
const page = new URL('../../../docs/onnx.md', import.meta.url)

const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterAll(() => quiet.mockRestore())

describe.skipIf(!isWanted || !hasTestdata)("models of ONNX's own tests", () => {
  test('none fails, eagerly or compiled, and the page tells how many of each operator there are', () => {
    const rows: Row[] = operatorModels().map((model) => ({ name: model.name, ...runOperatorModel(model) }))
    expect(rows.filter(({ status }) => status === 'failed').map(({ name, reason }) => `${name}: ${reason}`)).toEqual([])
    const text = readFileSync(page, 'utf8')
    const [before, after] = [text.indexOf(marks[0]), text.indexOf(marks[1])]
    expect(before, 'the page has the place for the table').toBeGreaterThan(0)
    writeFileSync(page, `${text.slice(0, before + marks[0].length)}\n\n${operatorTable(rows)}\n\n${text.slice(after)}`)
  }, 300_000)
})

const marks = ['<!-- operators, written by npm run test:onnx -->', '<!-- end of operators -->'] as const

describe.skipIf(!isWanted)('models of packages', () => {
  test.each(realModels.map((model) => [model.file, model] as const))(
    '%s gives what onnxruntime does, and the compiled one the bits of the eager one',
    async (_, model) => {
      const { worst, isSame, compiledCalls, segments } = await compareWithOnnxruntime(model)
      expect({ isSame, compiledCalls, segments }).toEqual({ isSame: true, compiledCalls: 2, segments: 0 })
      expect(worst).toBeLessThan(1e-5)
    },
    120_000,
  )
})
