import { fmaRule, kernelTraits } from '../runtime/engine.ts'
import { coreCount, whyNoThreads } from '../runtime/worker-thread.ts'
import { measurePeak } from './peak.ts'
import type { Io } from './io.ts'

export const doctorHelp = `gryph doctor

Tells what this machine offers: SIMD, relaxed SIMD, threads, memory, and the measured peak of one core.`

const secondsPerPeak = 0.4

/** (func (result v128) (v128.const …)): valid where there is SIMD. */
// prettier-ignore
const simdModule = Uint8Array.of(
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00,
  0x0a, 0x16, 0x01, 0x14, 0x00, 0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b,
)

export async function runDoctor(io: Io): Promise<void> {
  const os = await import('node:os')
  const noThreads = whyNoThreads()
  const peak = measurePeak(secondsPerPeak)
  const { microTile } = kernelTraits()
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  const rows: readonly (readonly [string, string])[] = [
    ['Node', process.version],
    ['processor', os.cpus()[0]?.model.trim() ?? 'unknown'],
    ['SIMD', WebAssembly.validate(simdModule) ? 'yes' : 'no: programs need it; export with --format js'],
    [
      'relaxed SIMD',
      peak.fused === undefined ? "off: configure({ relaxedSimd: 'enable' }) turns it on in Node 20" : 'on',
    ],
    ['multiply-add', `${fmaRule()}, tiles of ${microTile}`],
    ['threads', noThreads ?? `${coreCount()}: hybridize(f, { threads: 'auto' })`],
    ['memory', `${gigabytes(os.freemem())} free of ${gigabytes(os.totalmem())}; programs can use 4.0 GiB`],
    ['peak, mul + add', `${peak.mulAdd.toFixed(1)} GFLOP/s a core`],
    ['peak, fused', peak.fused === undefined ? 'not available' : `${peak.fused.toFixed(1)} GFLOP/s a core`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length))
  for (const [label, text] of rows) io.out(`${label.padEnd(width)}  ${text}`)
}
