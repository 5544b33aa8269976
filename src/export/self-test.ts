import { isStackFull } from '../autograd/residuals.ts'
import { dtypeInfo, isFloat, type TypedArray } from '../base/dtype.ts'
import { elementCount, type TensorType } from '../base/shape.ts'
import { FailedOp, GraphEvaluation } from '../compile/graph-evaluation.ts'
import type { Tensor } from '../frontend/tensor.ts'
import type { GraphInput } from '../ir/graph.ts'
import type { ExpectedSpec } from './manifest.ts'
import { sha256 } from './sha256.ts'
import { loopTooLong, resultCount } from './specs.ts'
import type { ExportedVariant } from './variant.ts'

const sampleLength = 8

/** What the recorded ops give, one by one, from the present state: what the artefact's program has to give. */
export async function expectedOf(variant: ExportedVariant, states: readonly Tensor[]): Promise<ExpectedSpec | null> {
  const { traced } = variant.compiled
  let passes = 0
  const countPass = (): void => {
    if (++passes > mostPasses) throw new LongLoop()
  }
  const evaluation = new GraphEvaluation((input) => elementsFor(variant, input), undefined, countPass)
  try {
    for (const check of traced.checks ?? []) evaluation.elements(check)
    const results = traced.results.slice(0, resultCount(variant)).map((value) => evaluation.elements(value))
    const written = new Map(
      traced.writes.map(({ state, value }) => [variant.variableOf(state).storage, evaluation.elements(value)]),
    )
    const after = states.map(({ storage }) => written.get(storage) ?? storage.array)
    const sample = Array.from((results[0] ?? after[0] ?? []).slice(0, sampleLength), (x) =>
      Number.isFinite(x) ? x : null,
    )
    return { sha256: await sha256(...[...results, ...after].map(comparable)), sample }
  } catch (error) {
    if (error instanceof FailedOp) return { code: isStackFull(error.node.source) ? loopTooLong : error.error.code }
    if (error instanceof LongLoop) return null
    throw error
  }
}

/** A loop that may never end, for inputs that are not those it was written for. */
class LongLoop extends Error {}
const mostPasses = 10_000

/** The bits of a NaN are free, and elements that no program gives stand for all of them. */
function comparable(elements: TypedArray): Uint8Array {
  const isFloats = elements instanceof Float32Array || elements instanceof Float64Array
  const { buffer, byteOffset, byteLength } = isFloats ? elements.map((x) => (Number.isNaN(x) ? 8e20 : x)) : elements
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function elementsFor(variant: ExportedVariant, input: GraphInput): TypedArray {
  if (input.role === 'state') return variant.variableOf(input).storage.array.slice()
  if (input.role === 'capture') return variant.bindings.elementsOf(input)
  const source = variant.specialisation.recording.sources.get(input)
  const leaf = variant.given.find(({ position }) => source?.kind === 'argument' && source.position === position)
  return leaf?.isNumber ? Float64Array.of(0.5) : testElements(input.type)
}

/** As the run-time makes them: floats spread over [−1, 1), and zeros. */
function testElements({ dtype, shape }: TensorType): TypedArray {
  const elements = new dtypeInfo[dtype].array(elementCount(shape))
  if (isFloat(dtype))
    for (let i = 0; i < elements.length; i++) elements[i] = (Math.imul(i + 1, -1640531535) >>> 0) / 2 ** 31 - 1
  return elements
}
