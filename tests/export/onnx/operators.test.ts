import { expect, test } from 'vitest'
import { modelOfProgram } from '../../../src/export/onnx/export-onnx.ts'
import { applyOp } from '../../../src/frontend/eager.ts'
import { recordCall } from '../../../src/frontend/hybridize/record-call.ts'
import { templateOf, type Template } from '../../../src/frontend/hybridize/template.ts'
import { tensor, type Tensor } from '../../../src/index.ts'
import { encodeModel } from '../../../src/onnx/encode-model.ts'
import type { Attrs, OpName } from '../../../src/ops/table.ts'
import type { HostArray } from '../../ops/host-array.ts'
import { samples, type OpSample } from '../../ops/samples.ts'
import { closeTo, runOnnx } from './onnxruntime.ts'

type Sample = Omit<OpSample<OpName>, 'operands' | 'attrs'> & {
  readonly operands: readonly HostArray[]
  readonly attrs: Attrs
}

/** Random numbers are refused, see refusals.test.ts. */
const names = (Object.keys(samples) as OpName[]) // the keys of the table
  .filter((op) => op !== 'random' && op !== 'permutation')

/** What onnxruntime does otherwise: the largest of elements of which one is NaN may be a number. */
const isLeftOpen = (op: OpName, { operands }: Sample): boolean =>
  (op === 'max' || op === 'min') && operands[0]!.elements.some(Number.isNaN)

const all = names.flatMap((op) =>
  (samples[op] as unknown as readonly Sample[]) // a union over ops
    .map((sample, i) => ({ op, sample, name: `${op}_${i}` }))
    .filter(({ sample }) => !isLeftOpen(op, sample)),
)

/** All samples are one model: a session takes longer than their nodes. */
async function resultsAt(opset: number): Promise<void> {
  const given = all.flatMap(({ name, sample }) =>
    sample.operands.map((operand, i) => [`${name}_operand_${i}`, operand] as const),
  )
  const f = (...operands: Tensor[]): Record<string, Tensor> => {
    let next = 0
    return Object.fromEntries(
      all.map(({ op, name, sample }) => [
        name,
        applyOp(
          op,
          sample.operands.map(() => operands[next++]!),
          sample.attrs,
        ),
      ]),
    )
  }
  const examples = given.map(([, { dtype, shape, elements }]) => tensor([...elements], { dtype, shape }))
  const template = templateOf([undefined, ...examples], false) as Template & { kind: 'array' } // of an array
  const recorded = recordCall(
    (_, ...operands) => f(...(operands as Tensor[])),
    'f',
    [undefined, ...examples],
    template,
    true,
  ) // stand-ins for them
  if (!('recording' in recorded)) throw new Error('the samples read values')
  const parameters = given.map(([name]) => name)
  const bytes = encodeModel(modelOfProgram('f', { ...recorded, template }, parameters, { opset }))
  const results = await runOnnx(bytes, Object.fromEntries(given))
  const wrong = all.flatMap(({ name, sample: { expected } }) => {
    const { dtype, shape, elements } = results[name]!
    const isSame =
      dtype === expected.dtype && String(shape) === String(expected.shape) && closeTo(elements, expected.elements, 1e-5)
    return isSame ? [] : [`${name}: ${dtype}[${shape.join(', ')}] ${Array.from(elements).join(' ')}`]
  })
  expect(wrong).toEqual([])
}

test.each([17, 21])('onnxruntime computes every sample of every op, at opset %d', resultsAt)
