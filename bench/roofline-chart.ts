import { escape } from './html-parts.ts'
import type { Report } from './report.ts'
import { formatBytes } from './text-report.ts'

const size = { width: 860, height: 430, left: 60, right: 170, top: 16, bottom: 46 } as const

/** GFLOP/s by operations for each byte, both logarithmic: the machine's roof, and where each program stands under it. */
export function rooflineChart({ cases, peakGflops, bandwidths }: Report): string {
  const points = cases.flatMap(({ name, roofline }, i) =>
    roofline && roofline.gflops > 0 && Number.isFinite(roofline.intensity)
      ? [{ number: i + 1, name, x: roofline.intensity, y: roofline.gflops }]
      : [],
  )
  if (points.length === 0) return ''
  const peak = peakGflops.fused ?? peakGflops.mulAdd
  const x = axis([0.03, ...points.map((point) => point.x), 300], size.left, size.width - size.right)
  const y = axis([...points.map((point) => point.y), 2 * peak], size.height - size.bottom, size.top)
  const [slowest, fastest] = [bandwidths.at(-1)!, bandwidths[0]!]
  const roof = (gigabytesPerSecond: number): string => {
    const ridge = Math.min(Math.max(peak / gigabytesPerSecond, x.first), x.last)
    const from = Math.max(x.first, y.first / gigabytesPerSecond)
    const corners = [
      [from, from * gigabytesPerSecond],
      [ridge, peak],
      [x.last, peak],
    ] as const
    return corners.map(([a, b]) => `${x.at(a).toFixed(1)},${y.at(Math.min(b, peak)).toFixed(1)}`).join(' ')
  }
  const gridX = x.decades.map(
    (value) =>
      `<line class="grid" x1="${x.at(value)}" x2="${x.at(value)}" y1="${size.top}" y2="${size.height - size.bottom}"/><text x="${x.at(value)}" y="${size.height - size.bottom + 18}" text-anchor="middle">${value}</text>`,
  )
  const gridY = y.decades.map(
    (value) =>
      `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y.at(value)}" y2="${y.at(value)}"/><text x="${size.left - 8}" y="${y.at(value) + 4}" text-anchor="end">${value}</text>`,
  )
  const marks = points.map(
    ({ number, name, x: a, y: b }) =>
      `<circle cx="${x.at(a).toFixed(1)}" cy="${y.at(b).toFixed(1)}" r="4"><title>${escape(`${number} ${name}`)}: ${b.toFixed(1)} GFLOP/s</title></circle><text x="${(x.at(a) + 6).toFixed(1)}" y="${(y.at(b) - 5).toFixed(1)}">${number}</text>`,
  )
  const right = size.width - size.right + 8
  return `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="roofline">
${gridX.join('\n')}
${gridY.join('\n')}
<polyline class="roof" points="${roof(fastest.gigabytesPerSecond)}"/>
<polyline class="memory" points="${roof(slowest.gigabytesPerSecond)}"/>
<text x="${right}" y="${y.at(peak) + 4}">peak ${peak.toFixed(1)} GFLOP/s</text>
<text x="${right}" y="${y.at(peak) + 24}">solid: ${fastest.gigabytesPerSecond.toFixed(0)} GB/s in ${formatBytes(fastest.workingSetBytes)}</text>
<text x="${right}" y="${y.at(peak) + 42}">dashed: ${slowest.gigabytesPerSecond.toFixed(0)} GB/s in ${formatBytes(slowest.workingSetBytes)}</text>
${marks.join('\n')}
<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">operations for each byte moved (numbers: rows of the table)</text>
<text transform="translate(14 ${(size.height - size.bottom) / 2}) rotate(-90)" text-anchor="middle">GFLOP/s</text>
</svg>`
}

interface Axis {
  readonly first: number
  readonly last: number
  readonly decades: readonly number[]
  at(value: number): number
}

/** From the power of ten below the values to the one above, between two places of the picture. */
function axis(values: readonly number[], from: number, to: number): Axis {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.ceil(Math.log10(Math.max(...values)))
  return {
    first: 10 ** low,
    last: 10 ** high,
    decades: Array.from({ length: high - low + 1 }, (_, i) => Number((10 ** (low + i)).toPrecision(1))),
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
  }
}
