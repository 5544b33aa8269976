import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import {
  assign,
  debug,
  gather,
  GryphError,
  hybridize,
  oneHot,
  ones,
  tensor,
  type Tensor,
  variable,
} from '../../src/index.ts'
import { ofOps, type Case } from './op-errors.ts'
import { ofControl } from './control-errors.ts'
import { ofDifferentiation } from './differentiation-errors.ts'
import { ofLayers } from './layer-errors.ts'
import { others } from './other-errors.ts'

const ints = tensor([0, 1, 5], { dtype: 'int32' })
const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterAll(() => quiet.mockRestore())

/** Where Node's modules are missing, as in a page. */
const withoutNode: readonly (readonly [code: string, message: string, module: string, call: () => Promise<unknown>])[] =
  [
    [
      'IDX_GZIP_UNAVAILABLE',
      '[readIdx] data is gzipped, and there is neither node:zlib nor DecompressionStream here. Pass the unpacked bytes.',
      'node:zlib',
      async () => {
        vi.stubGlobal('DecompressionStream', undefined)
        return (await import('../../src/data/index.ts')).readIdx(Uint8Array.of(0x1f, 0x8b, 8), 'data')
      },
    ],
    [
      'IDX_FILES_UNAVAILABLE',
      '[loadIdxFile] data.idx cannot be read, because node:fs cannot be loaded here. Fetch the bytes and call readIdx.',
      'node:fs/promises',
      async () => (await import('../../src/data/index.ts')).loadIdxFile('data.idx'),
    ],
    [
      'FILES_UNAVAILABLE',
      '[loadSafetensorsFile] m.safetensors cannot be opened, because node:fs cannot be loaded here. Fetch the bytes and call readSafetensors.',
      'node:fs/promises',
      async () => (await import('../../src/data/index.ts')).loadSafetensorsFile('m.safetensors'),
    ],
    [
      'REPRODUCTION_UNWRITABLE',
      '[writeReproduction] found.mjs cannot be written, because node:fs cannot be loaded here. Take the text from reproduction.',
      'node:fs/promises',
      async () => {
        const { makeFinding } = await import('../../src/frontend/parity/finding.ts')
        await makeFinding({ functionName: 'f', cause: 'none' }).writeReproduction('found.mjs')
      },
    ],
  ]

/** Codes that no call of a tensor program reaches, and the tests that have them. */
const elsewhere: Readonly<Record<string, string>> = {
  WORKER_LOST: 'tests/runtime/worker-pool.test.ts',
  DTYPE_MISMATCH: 'tests/ops/infer.test.ts', // calls bring operands to one dtype before an op sees them
  ...Object.fromEntries(
    ['CLI_FILE_UNLOADABLE', 'CLI_FUNCTION_MISSING', 'CLI_NOT_AN_ARTEFACT'].map((code) => [
      code,
      'tests/cli/main.test.ts',
    ]),
  ),
  ...Object.fromEntries(
    ['EXPORT_NOT_COMPILED', 'EXPORT_REFUSED'].map((code) => [code, 'tests/export/refusals.test.ts']),
  ),
  ...Object.fromEntries(
    [
      'ONNX_FORM_UNSUPPORTED',
      'ONNX_GRAPH_INVALID',
      'ONNX_INPUT_INVALID',
      'ONNX_INTEGER',
      'ONNX_NODE_FAILED',
      'ONNX_OPERATOR_UNSUPPORTED',
      'ONNX_OPSET_UNSUPPORTED',
    ].map((code) => [code, 'tests/onnx/import/refusals.test.ts']),
  ),
  ...Object.fromEntries(
    ['ONNX_DAMAGED', 'ONNX_EXTERNAL_DATA', 'ONNX_TENSOR_INVALID', 'ONNX_TOO_LARGE', 'ONNX_UNSUPPORTED'].map((code) => [
      code,
      'tests/onnx/decode-model.test.ts',
    ]),
  ),
  ...Object.fromEntries(
    ['IR_SYNTAX', 'IR_UNKNOWN_NAME', 'IR_NAME_TAKEN', 'IR_UNKNOWN_OP'].map((code) => [code, 'tests/ir/parse.test.ts']),
  ),
  ...Object.fromEntries(
    [
      'IDX_BAD_MAGIC',
      'IDX_NOT_BYTES',
      'IDX_TOO_LARGE',
      'IDX_TRAILING_BYTES',
      'IDX_TRUNCATED',
      'IDX_UNSUPPORTED_TYPE',
      'IDX_GZIP_CORRUPT',
    ].map((code) => [code, 'tests/data/read-idx.test.ts']),
  ),
  ...Object.fromEntries(
    [
      'ASSIGNED_IN_LOOP',
      'ASSIGNED_ON_ONE_SIDE',
      'NOT_CONVERTIBLE',
      'NO_ROWS',
      'PASSES_DIFFER',
      'RETURN_MISSING',
      'SIDES_DIFFER',
      'TEST_NOT_SCALAR',
    ].map((code) => [code, 'tests/transform/footguns.test.ts']),
  ),
  ...Object.fromEntries(
    [
      'BATCH_INVALID',
      'CALLBACK_INVALID',
      'CLASS_OUT_OF_RANGE',
      'EPOCHS_INVALID',
      'FIT_IN_TRACE',
      'LOADER_EMPTY',
      'LOADER_INVALID',
      'LOSS_INVALID',
      'METRIC_EMPTY',
      'METRIC_INVALID',
      'MONITOR_UNKNOWN',
      'NOT_STATEFUL',
      'NUMBER_INVALID',
      'PREDICTION_INVALID',
      'PREDICTION_MISMATCH',
      'STEP_INVALID',
    ].map((code) => [code, 'tests/train/errors.test.ts']),
  ),
  ...Object.fromEntries(
    ['CHECKPOINT_CORRUPT', 'CHECKPOINT_EXISTS', 'CHECKPOINT_INVALID', 'CHECKPOINT_MISMATCH'].map((code) => [
      code,
      'tests/train/checkpoint.test.ts',
    ]),
  ),
  COLUMN_UNKNOWN: 'tests/train/logs.test.ts',
  LOSS_NOT_FINITE: 'tests/train/nan-watch.test.ts',
  TRANSFORM_SYNTAX: 'tests/transform/transform.test.ts',
  ESBUILD_MISSING: 'tests/package/packed.test.ts',
  ...Object.fromEntries(
    [
      'BYTES_EXPECTED',
      'ELEMENT_OUT_OF_RANGE',
      'ELEMENT_TYPE_UNSUPPORTED',
      'SAFETENSORS_HEADER_INVALID',
      'SAFETENSORS_LAYOUT_INVALID',
      'SAFETENSORS_TRUNCATED',
    ].map((code) => [code, 'tests/data/safetensors/read-safetensors.test.ts']),
  ),
  ...Object.fromEntries(
    ['METADATA_INVALID', 'TENSORS_INVALID'].map((code) => [code, 'tests/data/safetensors/write-safetensors.test.ts']),
  ),
  ...Object.fromEntries(
    ['FILE_MISSING', 'FILE_UNREADABLE', 'FILE_UNWRITABLE'].map((code) => [
      code,
      'tests/data/safetensors/safetensors-file.test.ts',
    ]),
  ),
  ...Object.fromEntries(
    ['DATASET_INVALID', 'EXAMPLES_DIFFER', 'LOADER_OPTION_INVALID', 'SAMPLE_OUT_OF_RANGE', 'SAMPLER_INVALID'].map(
      (code) => [code, 'tests/data/loading/loading-errors.test.ts'],
    ),
  ),
  ...Object.fromEntries(
    ['DATASET_ASYNC', 'LOADER_STATE_INVALID'].map((code) => [code, 'tests/data/loading/data-loader.test.ts']),
  ),
  ...Object.fromEntries(
    ['NPY_BAD_MAGIC', 'NPY_HEADER_INVALID', 'NPY_TENSOR_INVALID', 'NPY_TRAILING_BYTES', 'NPY_TRUNCATED'].map((code) => [
      code,
      'tests/data/npy/npy.test.ts',
    ]),
  ),
  ...Object.fromEntries(
    [
      'COMPRESSION_UNAVAILABLE',
      'ZIP_BAD_MAGIC',
      'ZIP_INVALID',
      'ZIP_MEMBER_CORRUPT',
      'ZIP_TOO_LARGE',
      'ZIP_UNSUPPORTED',
    ].map((code) => [code, 'tests/data/npy/npz.test.ts']),
  ),
  ...Object.fromEntries(
    [
      'CSV_COLUMN_OF_TEXT',
      'CSV_COLUMN_UNKNOWN',
      'CSV_EMPTY',
      'CSV_HEADER_INVALID',
      'CSV_NOT_TEXT',
      'CSV_OPTION_INVALID',
      'CSV_QUOTE_INVALID',
      'CSV_RAGGED',
      'CSV_VALUE_INVALID',
    ].map((code) => [code, 'tests/data/csv/read-csv.test.ts']),
  ),
  ...Object.fromEntries(
    ['TEXT_EXPECTED', 'TOKEN_OUT_OF_RANGE', 'TOKEN_UNKNOWN', 'VOCABULARY_INVALID', 'VOCABULARY_OPTION_INVALID'].map(
      (code) => [code, 'tests/data/vocabulary/vocabulary.test.ts'],
    ),
  ),
  ...Object.fromEntries(
    ['IMAGE_BAD_MAGIC', 'IMAGE_INVALID', 'IMAGE_TOO_LARGE', 'IMAGE_TRUNCATED', 'IMAGE_UNSUPPORTED'].map((code) => [
      code,
      'tests/data/image/read-image.test.ts',
    ]),
  ),
  SPLIT_INVALID: 'tests/data/loading/train-test-split.test.ts',
  STANDARDISE_INVALID: 'tests/data/loading/standardise.test.ts',
  ...Object.fromEntries(
    ['IDX_FILE_MISSING', 'IDX_FILE_UNREADABLE'].map((code) => [code, 'tests/data/load-idx.test.ts']),
  ),
}

function check([code, message, call]: Case): void {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(GryphError)
  const error = thrown as GryphError // the line above
  expect(error.code).toBe(code)
  if (typeof message === 'string') expect(error.message).toBe(message)
  else expect(error.message).toMatch(message)
  expect(error.stack!.split('\n').find((line) => line.startsWith('    at '))).toMatch(
    /tests\/errors\/(op-|other-|state-|control-|differentiation-|layer-)?errors(\.test)?\.ts:\d+:\d+/,
  )
}

describe('in eager code', () => {
  test.each([...ofOps, ...others, ...ofControl, ...ofDifferentiation])('%s: %s', (...each) => check(each))
  test.each([...ofOps, ...others, ...ofControl, ...ofLayers])('%s: %s', (...each) => check(each))
})

describe('in a function that is being traced', () => {
  test.each([...ofOps, ...ofLayers])('%s: %s', (code, message, call) => check([code, message, () => hybridize(call)()]))
})

describe('in a compiled call, with the line of the op added,', () => {
  test.each<Case>([
    [
      'INDEX_OUT_OF_RANGE',
      /^\[gather\] index 5 is out of range for axis 0 of size 3\. Use -3 … 2\. In pick at .*errors\.test\.ts:\d+:\d+\.$/,
      () =>
        secondCall(function pick(at: Tensor) {
          return gather(ones([3]), at)
        }),
    ],
    [
      'INDEX_OUT_OF_RANGE',
      /^\[at\] index 5 is out of range for axis 0 of size 3\. Use -3 … 2\. In put at .*errors\.test\.ts:\d+:\d+\.$/,
      () =>
        secondCall(function put(at: Tensor) {
          return ones([3]).at(at).set(0)
        }),
    ],
    [
      'LABEL_OUT_OF_RANGE',
      /^\[oneHot\] label 5 is out of range for 5 classes\. Use 0 … 4\. In label at .*errors\.test\.ts:\d+:\d+\.$/,
      () =>
        secondCall(function label(at: Tensor) {
          return oneHot(at, 5)
        }),
    ],
    [
      'ASSERTION_FAILED',
      /^\[debug\.assert\] at most 2\. The condition is false at \[2\] of shape \[3\]\. In bounded at .*errors\.test\.ts:\d+:\d+\.$/,
      () =>
        secondCall(function bounded(at: Tensor) {
          debug.assert(at.lessEqual(2), 'at most 2')
          return at
        }),
    ],
    [
      'NOT_FINITE',
      /^\[debug\.checkFinite\] roots is NaN at \[2\] of shape \[3\]\. .* In root at .*errors\.test\.ts:\d+:\d+\.$/,
      () =>
        secondCall(function root(at: Tensor) {
          return debug.checkFinite(at.neg().add(3).sqrt(), 'roots')
        }),
    ],
  ])('%s: %s', (...each) => check(each))
})

test('a program that finds no memory names the function, the line and the bytes, and leaves state as it was', () => {
  const w = variable([1])
  const fast = hybridize(function outer(n: Tensor) {
    assign(w, w.add(1))
    return n
      .reshape([2 ** 15, 1])
      .mul(n)
      .exp()
      .reshape([2 ** 30])
  })
  const message = /^\[memory\] 429\d{7} more bytes do not fit in the 4 GiB .* In outer at .*errors\.test\.ts:\d+:\d+\.$/
  check(['MEMORY_EXHAUSTED', message, () => fast(ones([2 ** 15]))])
  expect(w.item()).toBe(1)
})

describe('without Node', () => {
  test.each(withoutNode)('%s: %s', async (code, message, module, call) => {
    vi.doMock(module, () => {
      throw new Error('no such module')
    })
    await expect(call()).rejects.toMatchObject({ code, message })
    vi.doUnmock(module)
    vi.unstubAllGlobals()
  })
})

function secondCall(fn: (at: Tensor) => Tensor): void {
  const fast = hybridize(fn)
  fast(tensor([0, 1, 2], { dtype: 'int32' }))
  fast(ints)
}

test('every code of the sources has a case', () => {
  const root = new URL('../../', import.meta.url)
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  expect(sources.length).toBeGreaterThan(100)
  const text = sources.map((path) => readFileSync(new URL(`src/${path}`, root), 'utf8')).join('\n')
  const codes = new Set(
    [...text.matchAll(/GryphError\(\s*'([A-Z_]+)'|code: '([A-Z_]+)'/g)].map(
      ([, thrown, checked]) => thrown ?? checked!,
    ),
  )
  const covered = new Set(
    [...ofOps, ...others, ...ofControl, ...ofDifferentiation, ...ofLayers, ...withoutNode].map(([code]) => code),
  )
  const missing = [...codes].filter((code) => !covered.has(code) && !(code in elsewhere))
  expect(missing).toEqual([])
  for (const [code, file] of Object.entries(elsewhere))
    expect(readFileSync(new URL(file, root), 'utf8'), `${code} in ${file}`).toContain(`'${code}'`)
})
