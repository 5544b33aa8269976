import type { BufferReport, MemoryReport } from './memory-report.ts'

const [left, top, width, height] = [76, 56, 860, 420]
const style = `
text { font: 11px system-ui, sans-serif; fill: #24292f }
.page { fill: #fff } .grid { stroke: #d0d7de } .axis { fill: #57606a } .heading { font-size: 14px; font-weight: 600 }
rect { stroke: #fff; stroke-width: .6 } .page { stroke: none }
.argument { fill: #a5d8ff } .value { fill: #b2f2bb } .result { fill: #ffd8a8 } .working { fill: #dee2e6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .page { fill: #0d1117 } .grid { stroke: #30363d } .axis { fill: #9198a1 }
  rect { stroke: #0d1117 }
  .argument { fill: #1c5a8c } .value { fill: #2b6a39 } .result { fill: #8a5a1c } .working { fill: #4d5562 }
}`

/**
 * Lifetimes by offset as an SVG document: a column for each kernel, before them one for arguments and after them one for results. A buffer
 * written in the place of another takes over in the middle of its kernel's column.
 */
export function memoryPicture(
  functionName: string,
  {
    byteLength,
    peakLiveBytes,
    kernels,
    buffers,
  }: Pick<MemoryReport, 'byteLength' | 'peakLiveBytes' | 'kernels' | 'buffers'>,
): string {
  const columns = kernels.length + 2
  const columnWidth = width / columns
  const x = (step: number): number => left + (step + 1) * columnWidth
  const y = (byteOffset: number): number => top + height - (byteOffset / Math.max(1, byteLength)) * height
  const endsInside = new Set(buffers.map(({ replaces }) => replaces))

  const box = (buffer: BufferReport): string => {
    const { name, kind, byteOffset, first, last, replaces } = buffer
    const from = x(first) + (replaces === undefined ? 0 : columnWidth / 2)
    const to = x(last + 1) - (endsInside.has(name) ? columnWidth / 2 : 0)
    const boxHeight = Math.max(1, y(byteOffset) - y(byteOffset + buffer.byteLength))
    const bottom = y(byteOffset)
    const rect = `<rect class="${kind.split(' ')[0]}" ${area(from, bottom - boxHeight, to - from, boxHeight)}/>`
    const fits = boxHeight >= 12 && to - from >= name.length * 6.5 + 6
    const label = fits ? text(from + 4, bottom - boxHeight / 2 + 4, name) : ''
    return `<g><title>${escaped(sentence(buffer, kernels))}</title>${rect}${label}</g>`
  }
  const ticks = byteTicks(byteLength).map((bytes) => {
    const at = short(y(bytes))
    return `<path class="grid" d="M${left} ${at}H${left + width}"/>${text(left - 6, y(bytes) + 4, bytesText(bytes), 'axis', 'end')}`
  })
  const every = Math.ceil(24 / columnWidth)
  const steps = [
    ...(columnWidth < 24 ? [] : [text(x(-0.5), top + height + 16, 'in', 'axis', 'middle')]),
    ...kernels.flatMap((name, step) =>
      step % every === 0
        ? [
            `<g><title>${escaped(name)}</title>${text(x(step + 0.5), top + height + 16, String(step), 'axis', 'middle')}</g>`,
          ]
        : [],
    ),
    ...(columnWidth < 24 ? [] : [text(x(kernels.length + 0.5), top + height + 16, 'out', 'axis', 'middle')]),
  ]
  const heading = `${functionName}: ${byteLength.toLocaleString('en-US')} bytes planned, ${peakLiveBytes.toLocaleString('en-US')} alive at once`
  const kinds: readonly BufferReport['kind'][] = ['argument', 'value', 'result', 'working memory']
  const legend = kinds.map((kind, i) => {
    const at = left + i * 110
    return `<rect class="${kind.split(' ')[0]}" ${area(at, 32, 12, 12)}/>${text(at + 18, 42, kind)}`
  })
  const [pageWidth, pageHeight] = [left + width + 24, top + height + 44]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pageWidth} ${pageHeight}" width="${pageWidth}" height="${pageHeight}" role="img">`,
    `<title>${escaped(heading)}</title>`,
    `<style>${style}</style>`,
    `<rect class="page" width="${pageWidth}" height="${pageHeight}"/>`,
    text(left, 20, heading, 'heading'),
    ...legend,
    ...ticks,
    ...buffers.filter((buffer) => buffer.byteLength > 0).map(box),
    ...steps,
    text(left + width / 2, top + height + 34, 'kernel', 'axis', 'middle'),
    '</svg>',
    '',
  ].join('\n')
}

function sentence(
  { name, kind, byteLength, byteOffset, first, last, replaces }: BufferReport,
  kernels: readonly string[],
): string {
  const from = first < 0 ? 'the start' : kernels[first]
  const to = last >= kernels.length ? 'the end' : kernels[last]
  const place = replaces === undefined ? '' : `, in place of ${replaces}`
  return `${name} (${kind}): ${byteLength} bytes at ${byteOffset}, from ${from} to ${to}${place}`
}

/** Round numbers of bytes, four to eight of them. */
function byteTicks(byteLength: number): number[] {
  let step = 1
  while (byteLength / step > 8) step *= 2
  return Array.from({ length: Math.floor(byteLength / step) + 1 }, (_, i) => i * step)
}

function bytesText(bytes: number): string {
  if (bytes >= 2 ** 20) return `${short(bytes / 2 ** 20)} MiB`
  return bytes >= 2 ** 10 ? `${short(bytes / 2 ** 10)} KiB` : `${bytes} B`
}

const short = (value: number): string => String(Math.round(value * 10) / 10)
const area = (x: number, y: number, w: number, h: number): string =>
  `x="${short(x)}" y="${short(y)}" width="${short(w)}" height="${short(h)}"`
const text = (x: number, y: number, content: string, className = '', anchor = ''): string =>
  `<text x="${short(x)}" y="${short(y)}"${className && ` class="${className}"`}${anchor && ` text-anchor="${anchor}"`}>${escaped(content)}</text>`
const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
