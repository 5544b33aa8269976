import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import {
  arange, assign, clamp, concat, configure, crossEntropy, dropout, full, gather, GryphError, grad, hybridize, manualSeed, matmul, max, mse, nn, oneHot, ones, optim, pad, permute, randint, reshape, slice, stack, sum, tensor, Tensor, variable, zeros,
} from '../../src/index.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2, 3])
const ints = tensor([0, 1, 5], { dtype: 'int32' })
const leaf = (): Tensor => variable([1, 2], { requiresGrad: true })
const cyclic: unknown[] = []
cyclic.push(cyclic)
let kept: Tensor | undefined
const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterAll(() => quiet.mockRestore())

/** Code, whole message (or what it matches, where it names a line), and a call that is so answered. */
type Case = readonly [code: string, message: string | RegExp, call: () => unknown]

/** Errors of ops: the same eagerly and in a function that is being traced. */
const ofOps: readonly Case[] = [
  ['SHAPE_MISMATCH', '[add] shapes [2, 3] and [2] do not broadcast. Make their sizes equal or 1, counted from the last axis.', () => x.add(ones([2]))],
  ['SHAPE_MISMATCH', '[mse] prediction and target are [2, 3] and [3]. Make them equal.', () => mse(x, ones([3]))],
  ['DTYPE_UNSUPPORTED', '[matmul] an operand is uint8. Use int32, float32 or float64.', () => matmul(x.cast('uint8'), ones([3], { dtype: 'uint8' }))],
  ['DTYPE_UNSUPPORTED', '[zeros] the dtype is float16. Use bool, uint8, int32, float32 or float64.', () => zeros([2], { dtype: wrong('float16') })],
  ['DTYPE_UNKNOWN', "[dtype] \"float16\" is no dtype. Use 'float32', 'float64', 'int32', 'uint8' or 'bool'.", () => tensor([1], { dtype: wrong('float16') })],
  ['AXIS_OUT_OF_RANGE', '[sum] axis 2 is out of range for shape [2, 3]. Use -2 … 1.', () => sum(x, 2)],
  ['AXIS_REPEATED', '[sum] axes [0, -2] name an axis twice. Name each axis once.', () => x.sum([0, -2])],
  ['AXES_NOT_PERMUTATION', '[permute] axes [0, 0] do not reorder shape [2, 3]. Name each of its 2 axes once.', () => permute(x, [0, 0])],
  ['SIZE_INVALID', '[zeros] a size is NaN. Use a whole number from 0 to 2147483647.', () => zeros([NaN])],
  ['SIZE_INVALID', '[tensor] a size is -1. Use a whole number from 0 to 2147483647.', () => tensor([1], { shape: [-1, -1] })],
  ['RANGE_INVALID', '[arange] the stop is NaN. Use a finite number.', () => arange(NaN)],
  ['RANGE_INVALID', '[clamp] the lower bound 2 is above the upper bound 1. Swap them.', () => clamp(x, 2, 1)],
  ['RANGE_INVALID', '[pad] the value is 1. Use a finite number.', () => pad(x, 1, wrong('1'))],
  ['SLICE_INVALID', '[slice] 3 ranges were given for shape [2, 3]. Give at most one per axis (2).', () => slice(x, [0, 0, 0])],
  ['SLICE_INVALID', '[slice] the ranges are 1. Pass an array with one range per axis, for instance [[0, 2], null, 1].', () => x.slice(wrong(1))],
  ['INDEX_OUT_OF_RANGE', '[gather] index 5 is out of range for axis 1 of size 3. Use -3 … 2.', () => gather(x, ints, 1)],
  ['INDEX_OUT_OF_RANGE', '[slice] index 2 is out of range for axis 0 of size 2. Use -2 … 1.', () => x.slice([2])],
  ['LABEL_OUT_OF_RANGE', '[oneHot] label 5 is out of range for 5 classes. Use 0 … 4.', () => oneHot(ints, 5)],
  ['LABEL_OUT_OF_RANGE', '[oneHot] label 5 is out of range for 2 classes. Use 0 … 1.', () => crossEntropy(ones([3, 2]), ints)],
  ['RESHAPE_SIZES', '[reshape] shape [2, 3] cannot become [4, 2]: the numbers of elements differ. Keep the product of the sizes, or give one size as -1.', () => reshape(x, [4, 2])],
  ['MATMUL_INNER_SIZES', '[matmul] a is [2, 3] and b is [2, 3], so a row of a has 3 elements and a column of b has 2. Make them equal, or transpose one operand.', () => x.matmul(x)],
  ['MATMUL_RANK', '[matmul] a is [2, 3] and b is []. Both need at least one axis; use mul for scalars.', () => matmul(x, 2)],
  ['REDUCE_EMPTY', '[max] shape [0, 3] has no elements along the reduced axes, and max of nothing is not defined. Reduce at least one element.', () => max(zeros([0, 3]), 0)],
  ['OPERANDS_MISSING', '[stack] no tensors were given. Pass at least one.', () => stack([])],
  ['OPERAND_INVALID', '[add] an operand is null. Pass a tensor, a number or a boolean.', () => x.add(wrong(null))],
  ['OPERAND_INVALID', '[mse] an operand is the number 1. Pass a tensor, a number or a boolean.', () => mse(x, wrong(1))],
  ['OPERAND_INVALID', '[concat] the tensors are a tensor. Pass an array of tensors.', () => concat(wrong(x))],
  ['NUMBER_OUT_OF_RANGE', '[mul] 300 does not fit uint8. Cast the tensor to a wider dtype first.', () => x.cast('uint8').mul(300)],
  ['NUMBER_OUT_OF_RANGE', '[full] 0.5 does not fit int32. Cast the tensor to a wider dtype first.', () => full([1], 0.5, { dtype: 'int32' })],
  ['PAD_WIDTHS', '[pad] the widths do not fit shape [2, 3]. Pass one number, or one [before, after] per axis (2), whole and not negative.', () => pad(x, [[1, 1]])],
  ['RAGGED_ARRAY', '[tensor] data[1] has 1 element, data[0] has 2 elements. Nest the same number of elements everywhere on a level.', () => tensor([[1, 2], [3]])],
  ['DATA_INVALID', '[tensor] data[1] is a string. Give numbers, booleans, or nested arrays of them; of typed arrays, Float32Array, Float64Array, Int32Array and Uint8Array.', () => tensor([1, wrong('2')])],
  ['SIZE_MISMATCH', '[tensor] 3 values do not fill shape [2, 2]. Give as many as the shape has elements.', () => tensor([1, 2, 3], { shape: [2, 2] })],
  ['ITEM_NOT_SCALAR', '[item] the tensor has shape [2, 3], not one element. Use toArray() or data() for all of them, or reduce it first.', () => x.item()],
  [
    'TENSOR_AS_NUMBER',
    '[tensor] a tensor (float32 []) was used where JavaScript wants a number, for instance in `t > 0` or `t + 1`. Use t.greater(0), t.add(1), …, or t.item() for the number itself; for a number argument of a hybridized function that steers control flow, list it in staticArgs.',
    () => x.sum() > wrong(0),
  ],
  [
    'STALE_VIEW',
    '[tensor] this view (float32 [2, 1]) shows a variable whose values have been replaced since. Take the view again after the update, or keep a copy with clone().',
    () => {
      const w = variable([1, 2])
      const view = w.reshape([2, 1])
      assign(w, w.add(1))
      view.add(1)
    },
  ],
  ['BACKWARD_NOT_SCALAR', '[backward] the tensor has shape [2], not one element. Reduce it first (sum, mean), or pass a cotangent of its shape.', () => leaf().mul(2).backward()],
  [
    'NOT_DIFFERENTIABLE',
    '[backward] the tensor was not made from anything that requires a gradient. Make the inputs with { requiresGrad: true }, and compute it outside noGrad() and with differentiable ops.',
    () => x.sum().backward(),
  ],
  ['COTANGENT_MISMATCH', '[backward] the cotangent is float32 [3], and the tensor float32 [2]. Make them equal.', () => leaf().mul(2).backward(ones([3]))],
  ['DTYPE_NOT_DIFFERENTIABLE', '[requiresGrad] a tensor of int32 cannot have a gradient. Use float32 or float64.', () => tensor(Int32Array.of(1), { requiresGrad: true })],
  ['DTYPE_NOT_DIFFERENTIABLE', '[grad] a tensor of int32 cannot have a gradient. Use float32 or float64.', () => grad((t: Tensor) => t.sum())(ints)],
  ['NOT_A_VARIABLE', '[assign] this tensor is a value, and values never change. Make it with variable(…) or { requiresGrad: true } to assign to it.', () => assign(x, x)],
  ['ASSIGN_MISMATCH', '[assign] the new value is float32 [2, 3], and the variable float32 [2]. Make shape and dtype equal.', () => assign(variable([1, 2]), x)],
  [
    'CHANGED_BEFORE_BACKWARD',
    '[backward] a variable that mul read was assigned to after the forward pass, so its gradient would be of other values. Call backward() before the update.',
    () => {
      const w = leaf()
      const loss = w.mul(w).sum()
      assign(w, ones([2]))
      loss.backward()
    },
  ],
  ['NOT_A_TENSOR', '[dropout] got string, not a tensor. Pass a tensor, or make one with tensor(…).', () => dropout(wrong('x'))],
  ['SEED_INVALID', '[manualSeed] -1 is no seed. Use an integer from 0 to 2^53 - 1.', () => manualSeed(-1)],
  ['RANDOM_RANGE_INVALID', '[randint] from 3 up to 3 is no range of int32. Use integers with low < high.', () => randint(3, 3, [2])],
  ['PROBABILITY_INVALID', '[dropout] p = 1 is no probability to drop with. Use 0 <= p < 1.', () => dropout(x, 1)],
  ['MEMORY_EXHAUSTED', /^\[memory\] \d+ more bytes do not fit in the 4 GiB that WebAssembly can address\. Use smaller tensors or batches, or drop references to state you no longer need\.$/, () => ones([2 ** 30]).add(1)],
  ['FEATURES_MISMATCH', '[linear] x is [2, 3], and the layer takes 4 features along the last axis. Reshape x, or make the layer with linear(3, …).', () => nn.linear(4, 2).forward(x)],
  ['FLATTEN_SCALAR', '[flatten] x has no batch axis to keep: its shape is []. Give it one with x.reshape([1, 1]).', () => nn.flatten().forward(tensor(1))],
  [
    'GRADIENT_MISMATCH',
    '[step] the gradient of parameter 0 is float32 [3], and the parameter float32 [2]. Make shape and dtype equal when setting grad yourself.',
    () => {
      const w = leaf()
      w.grad = ones([3])
      optim.sgd([w], { lr: 0.1 }).step()
    },
  ],
]

const bad = (f: () => unknown) => hybridize(function bad() { return f() })
/** Errors of everything around ops. */
const others: readonly Case[] = [
  ['FUNCTION_EXPECTED', '[hybridize] got object, not a function. Pass the function itself, without calling it.', () => hybridize(wrong(x))],
  ['OPTION_INVALID', "[hybridize] target: \"gpu\" is not understood. Use 'wasm' or 'js'.", () => hybridize(() => x, { target: wrong('gpu') })],
  ['SETTING_INVALID', "[configure] hybridize: \"maybe\" is not understood. Use 'on' or 'off'.", () => configure({ hybridize: wrong('maybe') })],
  [
    'RELAXED_SIMD_TOO_LATE',
    "[configure] relaxedSimd: 'enable' came after the first kernel was compiled, and one process keeps one rounding rule. Call configure before any tensor is computed.",
    () => {
      x.add(1)
      configure({ relaxedSimd: 'enable' })
    },
  ],
  ['ARGUMENT_TOO_DEEP', '[hybridize] an argument of f is nested more than 64 levels deep, or contains itself. Pass what the function needs of it.', () => hybridize(function f(_: unknown) {})(cyclic)],
  ['RESULT_NOT_REPLAYABLE', '[hybridize] bad returned an instance of Map, which a compiled call cannot make. Return tensors, numbers, strings, or plain arrays and objects of them.', () => bad(() => new Map())()],
  [
    'LOCAL_VARIABLE_RETURNED',
    '[hybridize] bad returned a variable that it makes anew at each call, which a compiled call cannot do. Make it once outside, or return its value, for instance with clone().',
    () => {
      const f = bad(() => variable(1))
      f()
      f()
    },
  ],
  [
    'TRACED_TENSOR_ESCAPED',
    /^\[hybridize\] a tensor made inside bad at .*errors\.test\.ts:\d+:\d+ is used after that call, but compiled calls keep no intermediate values\. Return it from bad, or make it outside\.$/,
    () => {
      bad(() => void (kept = x.add(1)))()
      kept!.add(1)
    },
  ],
  ['HOST_READ', "[hybridize] anonymous function reads a tensor's values with item(), and fullGraph allows no host read. Return the tensor and read it outside, or leave fullGraph out.", () => hybridize(() => x.sum().item(), { fullGraph: true })()],
  ['NOT_COMPILED', '[source] f has no compiled program: it has not been called. Call it once with tensors; without host reads it compiles.', () => hybridize(function f() {}).source('ir')],
  ['FEATURES_INVALID', '[linear] inFeatures is 0. Use a whole number of at least 1.', () => nn.linear(0, 1)],
  ['MODE_CHANGED_IN_TRACE', /^\[eval\] bad, which is hybridized, switches a module's training mode, and compiled calls could not do so\. /, () => bad(() => nn.dropout(0.5).eval())()],
  ['STATE_DICT_MISMATCH', /^\[loadStateDict\] the state does not fit: missing 'weight', 'bias'; unexpected 'w'\. Nothing was loaded\. /, () => nn.linear(2, 1).loadStateDict({ w: x })],
  ['PARAMETERS_EMPTY', '[sgd] there are no parameters to train. Pass net.parameters(), or the tensors themselves.', () => optim.sgd([], { lr: 1 })],
  ['PARAMETER_INVALID', /^\[adam\] parameter 0 is a computed value, not a leaf\. /, () => optim.adam([x])],
  ['PARAMETER_REPEATED', '[sgd] parameters 0 and 1 are the same tensor, which would be updated twice. Pass it once.', () => ((w) => optim.sgd([w, w], { lr: 1 }))(leaf())],
  ['HYPERPARAMETER_INVALID', '[sgd] lr is -1. Use a number of at least 0.', () => optim.sgd([leaf()], { lr: -1 })],
]

/** Where Node's modules are missing, as in a page. */
const withoutNode: readonly (readonly [code: string, message: string, module: string, call: () => Promise<unknown>])[] = [
  ['IDX_GZIP_UNAVAILABLE', '[readIdx] data is gzipped, and node:zlib cannot be loaded here. Pass the unpacked bytes.', 'node:zlib', async () => (await import('../../src/data/index.ts')).readIdx(Uint8Array.of(0x1f, 0x8b, 8), 'data')],
  ['IDX_FILES_UNAVAILABLE', '[loadIdxFile] data.idx cannot be read, because node:fs cannot be loaded here. Fetch the bytes and call readIdx.', 'node:fs/promises', async () => (await import('../../src/data/index.ts')).loadIdxFile('data.idx')],
]

/** Codes that no call of a tensor program reaches, and the tests that have them. */
const elsewhere: Readonly<Record<string, string>> = {
  DTYPE_MISMATCH: 'tests/ops/infer.test.ts', // calls bring operands to one dtype before an op sees them
  ...Object.fromEntries(['IR_SYNTAX', 'IR_UNKNOWN_NAME', 'IR_NAME_TAKEN', 'IR_UNKNOWN_OP'].map((code) => [code, 'tests/ir/parse.test.ts'])),
  ...Object.fromEntries(['IDX_BAD_MAGIC', 'IDX_NOT_BYTES', 'IDX_TOO_LARGE', 'IDX_TRAILING_BYTES', 'IDX_TRUNCATED', 'IDX_UNSUPPORTED_TYPE', 'IDX_GZIP_CORRUPT'].map((code) => [code, 'tests/data/read-idx.test.ts'])),
  ...Object.fromEntries(['IDX_FILE_MISSING', 'IDX_FILE_UNREADABLE'].map((code) => [code, 'tests/data/load-idx.test.ts'])),
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
  expect(error.stack!.split('\n').find((line) => line.startsWith('    at '))).toContain('errors.test.ts:')
}

describe('in eager code', () => {
  test.each([...ofOps, ...others])('%s: %s', (...each) => check(each))
})

describe('in a function that is being traced', () => {
  test.each(ofOps)('%s: %s', (code, message, call) => check([code, message, () => hybridize(call)()]))
})

describe('in a compiled call, with the line of the op added,', () => {
  test.each<Case>([
    ['INDEX_OUT_OF_RANGE', /^\[gather\] index 5 is out of range for axis 0 of size 3\. Use -3 … 2\. In pick at .*errors\.test\.ts:\d+:\d+\.$/, () => secondCall(function pick(at: Tensor) { return gather(ones([3]), at) })],
    ['LABEL_OUT_OF_RANGE', /^\[oneHot\] label 5 is out of range for 5 classes\. Use 0 … 4\. In label at .*errors\.test\.ts:\d+:\d+\.$/, () => secondCall(function label(at: Tensor) { return oneHot(at, 5) })],
  ])('%s: %s', (...each) => check(each))
})

describe('without Node', () => {
  test.each(withoutNode)('%s: %s', async (code, message, module, call) => {
    vi.doMock(module, () => {
      throw new Error('no such module')
    })
    await expect(call()).rejects.toMatchObject({ code, message })
    vi.doUnmock(module)
  })
})

function secondCall(fn: (at: Tensor) => Tensor): void {
  const fast = hybridize(fn)
  fast(tensor([0, 1, 2], { dtype: 'int32' }))
  fast(ints)
}

test('every code of the sources has a case', () => {
  const root = new URL('../../', import.meta.url)
  const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  expect(sources.length).toBeGreaterThan(100)
  const text = sources.map((path) => readFileSync(new URL(`src/${path}`, root), 'utf8')).join('\n')
  const codes = new Set([...text.matchAll(/GryphError\(\s*'([A-Z_]+)'|code: '([A-Z_]+)'/g)].map(([, thrown, checked]) => thrown ?? checked!))
  const covered = new Set([...ofOps, ...others, ...withoutNode].map(([code]) => code))
  const missing = [...codes].filter((code) => !covered.has(code) && !(code in elsewhere))
  expect(missing).toEqual([])
  for (const [code, file] of Object.entries(elsewhere)) expect(readFileSync(new URL(file, root), 'utf8'), `${code} in ${file}`).toContain(`'${code}'`)
})
