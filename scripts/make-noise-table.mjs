/**
 * Writes examples/data/made-up-noise/noise.tsv: a made-up table in the form of NASA's airfoil self-noise data (1503 rows; five inputs and a
 * sound level), for runs without that file. Nothing in it was measured: it is drawn from the formula below with a seeded generator.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Mulberry32: the same numbers everywhere. */
function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const random = generator(2026)
/** About normal: the sum of twelve uniform numbers has variance 1. */
const noise = () => Array.from({ length: 12 }, random).reduce((a, b) => a + b) - 6
const pick = (values) => values[Math.floor(random() * values.length)]

const frequenciesHz = [
  200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000,
]
const chordsM = [0.025, 0.05, 0.1, 0.15, 0.225, 0.3]
const speedsMPerS = [32, 40, 55, 71]
const rowCount = 1503

const rows = []
while (rows.length < rowCount) {
  // As in a wind tunnel: one setting, then a sweep over frequencies.
  const [chord, speed] = [pick(chordsM), pick(speedsMPerS)]
  const angle = Math.round(random() * 200) / 10
  const thickness = 0.004 * (chord / 0.3) ** 0.6 * (1 + (angle / 8) ** 1.6) * (40 / speed) ** 0.3
  const first = Math.floor(random() * 5)
  const count = 12 + Math.floor(random() * 6)
  const peakHz = (0.04 * speed) / thickness
  for (const frequency of frequenciesHz.slice(first, first + count)) {
    const octaves = Math.log2(frequency / peakHz)
    const level =
      72 + 50 * Math.log10(speed) * 0.62 + 6 * Math.log10(chord / 0.1) - 1.1 * octaves ** 2 * (octaves > 0 ? 1 : 0.7)
    rows.push([frequency, angle, chord, speed, thickness.toPrecision(6), (level + 3.2 * noise()).toFixed(3)])
  }
}
const text = rows
  .slice(0, rowCount)
  .map((row) => row.join('\t'))
  .join('\n')
writeFileSync(fileURLToPath(new URL('../examples/data/made-up-noise/noise.tsv', import.meta.url)), `${text}\n`)
