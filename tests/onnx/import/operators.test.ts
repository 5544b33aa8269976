import { afterAll, expect, test, vi } from 'vitest'
import { fixtures, runOperatorModel } from './operator-models.ts'

const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterAll(() => quiet.mockRestore())

test.each(fixtures().map((model) => [model.name, model] as const))(
  "%s of ONNX's own tests gives what it should, eagerly and compiled",
  (_, model) => {
    expect(runOperatorModel(model)).toMatchObject({ status: 'passed', reason: '' })
  },
)
