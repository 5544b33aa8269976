import { expect, test } from 'vitest'
import { GryphError } from '../../../src/base/errors.ts'
import { importOnnx } from '../../../src/onnx/index.ts'
import { readMutations } from '../../data/mutations.ts'
import { fixtures, tensorIn } from './operator-models.ts'

/** Of each kind: shapes, windows, loops, lists, recurrences. */
const chosen =
  /test_(conv_with|convtranspose_k|maxpool_2d_d|averagepool_2d_d|reshape_|slice|gather_n|scatter_el|lstm_|gru_|loop|if|scan|resize|top_k|tile|expand|concat_1|einsum|batchnorm|pad|range|split|cumsum|onehot|squeeze)/

test('a damaged model is refused or computed, with a code, on every way through it', async () => {
  const codes = new Set<string>()
  for (const { name, bytes, sets } of fixtures().filter((model) => chosen.test(model.name))) {
    const values = sets[0]!.inputs.map(tensorIn)
    const met = await readMutations(bytes, (damaged) => {
      const model = importOnnx(damaged, { name })
      const inputs = Object.fromEntries(model.inputs.map((port, i) => [port.name, values[i] ?? 1]))
      try {
        model.forward(inputs)
      } catch (error) {
        if (error instanceof GryphError) throw error
        throw new Error(name, { cause: error })
      }
    })
    for (const code of met) codes.add(code)
  }
  expect([...codes]).toEqual(expect.arrayContaining(['read', 'ONNX_DAMAGED', 'ONNX_GRAPH_INVALID', 'ONNX_NODE_FAILED']))
}, 60_000)
