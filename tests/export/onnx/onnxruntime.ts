import * as ort from 'onnxruntime-web'
import { dtypeInfo, type Dtype, type TypedArray } from '../../../src/base/dtype.ts'

ort.env.wasm.numThreads = 1
ort.env.logLevel = 'error'

export interface HostTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly elements: ArrayLike<number>
}

/** Runs a model once in onnxruntime. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  try {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { dtype, shape, elements }]) => [
        name,
        new ort.Tensor(dtype, new dtypeInfo[dtype].array(elements) as never, [...shape]), // the overloads go by the dtype
      ]),
    )
    const results = await session.run(feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { dtype: type as Dtype, shape: dims, elements: data as TypedArray }, // models here have no others
      ]),
    )
  } finally {
    await session.release()
  }
}

/** Whether numbers differ by `tolerance` of their size at most; a zero has no sign here. */
export const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): boolean =>
  actual.length === expected.length &&
  Array.from(actual).every((x, i) => {
    const y = expected[i]!
    return Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.abs(y)
  })
