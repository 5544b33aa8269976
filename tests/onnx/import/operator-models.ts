import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hybridize, type Tensor } from '../../../src/index.ts'
import { GryphError } from '../../../src/base/errors.ts'
import { tensorOf } from '../../../src/data/elements/tensor-of.ts'
import { decodeModel } from '../../../src/onnx/decode-model.ts'
import { decodeTensor } from '../../../src/onnx/decode-tensor.ts'
import { constantOf } from '../../../src/onnx/import/constant.ts'
import { importOnnx } from '../../../src/onnx/index.ts'
import { MessageReader, sourceOf } from '../../../src/onnx/message-reader.ts'

/** Models of one operator each, with inputs and outputs, as ONNX's own backend tests have them (Debian: libonnx-testdata). */
export const testdata = '/usr/share/libonnx-testdata/data'
export const hasTestdata = existsSync(testdata)

export interface OperatorModel {
  readonly name: string
  readonly bytes: Uint8Array
  readonly sets: readonly { readonly inputs: readonly Uint8Array[]; readonly outputs: readonly Uint8Array[] }[]
}

/** All of them that lie in the Debian package. */
export const operatorModels = (): OperatorModel[] =>
  ['node', 'pytorch-operator', 'pytorch-converted', 'simple'].flatMap((kind) =>
    readdirSync(join(testdata, kind))
      .filter((name) => existsSync(join(testdata, kind, name, 'model.onnx')))
      .map((name) => {
        const folder = join(testdata, kind, name)
        const sets = readdirSync(folder).filter((each) => each.startsWith('test_data_set'))
        return {
          name: `${kind}/${name}`,
          bytes: readFileSync(join(folder, 'model.onnx')),
          sets: sets.map((set) => ({
            inputs: filesIn(join(folder, set), 'input'),
            outputs: filesIn(join(folder, set), 'output'),
          })),
        }
      }),
  )

const filesIn = (folder: string, kind: string): Uint8Array[] =>
  Array.from({ length: readdirSync(folder).filter((name) => name.startsWith(kind)).length }, (_, i) =>
    readFileSync(join(folder, `${kind}_${i}.pb`)),
  )

/** The smallest of each operator, kept here for where the package is not. */
export function fixtures(): OperatorModel[] {
  const text = readFileSync(new URL('operator-fixtures.json', import.meta.url), 'utf8')
  const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'))
  const all = JSON.parse(text) as Record<string, { model: string; inputs: string[]; outputs: string[] }> // as written there
  return Object.entries(all).map(([name, { model, inputs, outputs }]) => ({
    name,
    bytes: bytes(model),
    sets: [{ inputs: inputs.map(bytes), outputs: outputs.map(bytes) }],
  }))
}

export interface Outcome {
  readonly status: 'passed' | 'failed' | 'unsupported'
  readonly reason: string
  readonly operators: readonly string[]
}

/** Codes that say that gryph has no counterpart. */
const unsupported = [
  'ONNX_OPERATOR_UNSUPPORTED',
  'ONNX_FORM_UNSUPPORTED',
  'ELEMENT_TYPE_UNSUPPORTED',
  'ONNX_UNSUPPORTED',
]

/** Operators whose results are random, so that only their shapes and dtypes can be compared. */
const random = /bernoulli|training_dropout|random/

/** Runs one model eagerly and hybridized, on all its data sets. */
export function runOperatorModel({ name, bytes, sets }: OperatorModel): Outcome {
  let operators: readonly string[] = []
  try {
    operators = operatorsOf(bytes)
    const model = importOnnx(bytes)
    const fast = hybridize(
      function run(inputs: Record<string, Tensor>) {
        return model.forward(inputs)
      },
      { threads: 1 },
    )
    for (const set of sets) {
      const values = set.inputs.map(tensorIn)
      const inputs = Object.fromEntries(model.inputs.map((port, i) => [port.name, values[i]!]))
      const expected = set.outputs.map(tensorIn)
      // The second call of the hybridized function is the compiled one.
      for (const [mode, f] of [
        ['eager', (given: Record<string, Tensor>) => model.forward(given)],
        ['traced', fast],
        ['compiled', fast],
      ] as const) {
        const results = f(inputs)
        const wrong = model.outputs.map((port, i) => difference(results[port.name]!, expected[i]!, random.test(name)))
        const odd = wrong.findIndex((each) => each !== undefined)
        if (odd >= 0)
          return { status: 'failed', reason: `${mode}, ${model.outputs[odd]!.name}: ${wrong[odd]}`, operators }
      }
    }
    return { status: 'passed', reason: '', operators }
  } catch (error) {
    const code = error instanceof GryphError ? error.code : 'none'
    const text = error instanceof Error ? error.message : String(error)
    if (unsupported.includes(code)) return { status: 'unsupported', reason: text, operators }
    return { status: 'failed', reason: `${code}: ${text}`, operators }
  }
}

/** A tensor as such a file has it. */
export function tensorIn(bytes: Uint8Array): Tensor {
  const made = constantOf(decodeTensor(new MessageReader(sourceOf(bytes, 'a tensor'))), 'test').tensor()
  return tensorOf(made.dtype, made.shape, made.data())
}

/** The operators of the outermost graph. */
function operatorsOf(bytes: Uint8Array): string[] {
  const { nodes } = decodeModel(bytes).graph
  return [...new Set(nodes.map(({ domain, opType }) => (domain === '' ? opType : `${domain}.${opType}`)))].toSorted()
}

/** Within 1e-3 relative or 1e-6 absolute, as ONNX's own runner has it (1e-7 there, which float32 sums do not hold). */
export function difference(got: Tensor, wanted: Tensor, isRandom = false): string | undefined {
  if (got.dtype !== wanted.dtype || got.shape.join() !== wanted.shape.join())
    return `${got.dtype} [${got.shape.join()}], not ${wanted.dtype} [${wanted.shape.join()}]`
  if (isRandom) return undefined
  const [a, b] = [got.data(), wanted.data()]
  const at = a.findIndex((value, i) => !isClose(value, b[i]!))
  return at < 0 ? undefined : `element ${at} is ${a[at]}, not ${b[at]}`
}

const isClose = (a: number, b: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-6 + 1e-3 * Math.abs(b)
