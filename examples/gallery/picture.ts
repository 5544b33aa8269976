import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Picture } from './example.ts'
import { colourRules, font, ink, line, muted, paper } from './style.ts'

/** One coordinate system of a picture. */
export interface Panel {
  /** Needed where a picture has several. */
  readonly title?: string
  /** Beside the picture's own; each of its items has a row. */
  readonly legend?: readonly LegendItem[]
  /** Axis labels carry units. Sizes are given by the picture. */
  readonly plot: Plot.PlotOptions
}

/** A line of the legend. */
export interface LegendItem {
  readonly label: string
  readonly colour: string
  readonly isDashed?: boolean
  readonly isDot?: boolean
}

export interface PictureOptions {
  readonly key?: string
  readonly title: string
  readonly subtitle?: string
  /** What is to be seen; the title when left out. */
  readonly alt?: string
  readonly legend?: readonly LegendItem[]
  readonly panels: readonly Panel[]
  /** How many panels stand side by side; 1 when left out. */
  readonly columns?: number
  /** Of one panel, axes included. */
  readonly width?: number
  readonly height?: number
}

const margin = 20
const gap = 16
const legendRow = 20
const approximateLetterWidth = 6.6

/** Draws panels with a title and a legend as one SVG text, which is the same on every run and needs nothing around it. */
export function picture(options: PictureOptions): Picture {
  const { key = '', title, subtitle, alt = title, legend = [], panels, columns = 1 } = options
  const { width = columns === 1 ? 650 : 340, height = columns === 1 ? 380 : 280 } = options
  const columnCount = Math.min(columns, panels.length)
  const totalWidth = columnCount * (width + gap) - gap + 2 * margin
  const parts: string[] = [text(margin, 30, title, `font-size="16" font-weight="600" fill="${ink}"`)]
  let top = 40
  if (subtitle !== undefined) parts.push(text(margin, (top += 12), subtitle, `font-size="12.5" fill="${muted}"`))
  top += 10
  const laid = layLegend(legend, totalWidth)
  for (const { item, x, row } of laid) parts.push(legendItem(item, x, top + row * legendRow))
  top += laid.length === 0 ? 0 : (Math.max(...laid.map(({ row }) => row)) + 1) * legendRow + 4
  const legendTop = panels.some((panel) => panel.title !== undefined) ? 20 : 0
  const panelTop = legendTop + Math.max(...panels.map((panel) => panel.legend?.length ?? 0)) * legendRow
  panels.forEach((panel, i) => {
    const [x, y] = [margin + (i % columnCount) * (width + gap), top + Math.floor(i / columnCount) * (height + panelTop)]
    if (panel.title !== undefined)
      parts.push(text(x + 4, y + 13, panel.title, `font-size="13" font-weight="600" fill="${ink}"`))
    panel.legend?.forEach((item, row) => parts.push(legendItem(item, x + 4, y + legendTop + row * legendRow)))
    parts.push(drawn(panel.plot, x, y + panelTop, width, height))
  })
  const totalHeight = top + Math.ceil(panels.length / columnCount) * (height + panelTop) + margin / 2
  return { key, alt, svg: document(totalWidth, totalHeight, alt, parts) }
}

function document(width: number, height: number, alt: string, parts: readonly string[]): string {
  const rules = [
    colourRules(':root'),
    `text{font-family:${font};white-space:pre}`,
    `[aria-label$="grid"]{stroke:${line};stroke-opacity:1}`,
    `[aria-label$="tick label"]{fill:${muted}}`,
    `[aria-label$="axis tick"]{stroke:${line}}`,
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" color="${ink}">`,
    `<title>${escaped(alt)}</title>`,
    `<style>${rules.join('')}</style>`,
    `<rect width="100%" height="100%" fill="${paper}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

/** The plot as an inner SVG element at a place. */
function drawn(options: Plot.PlotOptions, x: number, y: number, width: number, height: number): string {
  const page = parseHTML('<html><body></body></html>')
  const svg = Plot.plot({
    marginLeft: 48,
    marginRight: 16,
    marginTop: 28,
    marginBottom: 38,
    grid: true,
    ...options,
    x: { labelArrow: 'none', labelAnchor: 'center', ...options.x },
    y: { labelArrow: 'none', ...options.y },
    style: { fontSize: '11.5px', ...(typeof options.style === 'object' ? options.style : {}) },
    width,
    height,
    document: page.document,
  })
  svg.querySelector('style')?.remove()
  svg.removeAttribute('class')
  svg.setAttribute('x', String(x))
  svg.setAttribute('y', String(y))
  return svg.outerHTML.replaceAll(/<[^>]*>/g, shortNumbers)
}

/** A hundredth of a pixel is enough, and hides the last bits of other machines' sines. */
const shortNumbers = (tag: string): string =>
  tag.replaceAll(/-?\d+\.\d{3,}(e-?\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100 + 0))

function layLegend(items: readonly LegendItem[], width: number): { item: LegendItem; x: number; row: number }[] {
  let [x, row] = [margin, 0]
  return items.map((item) => {
    const itemWidth = 26 + item.label.length * approximateLetterWidth + 16
    if (x > margin && x + itemWidth > width - margin) [x, row] = [margin, row + 1]
    const laid = { item, x, row }
    x += itemWidth
    return laid
  })
}

function legendItem({ label, colour, isDashed = false, isDot = false }: LegendItem, x: number, y: number): string {
  const sign = isDot
    ? `<circle cx="${x + 10}" cy="${y + 8}" r="4.5" fill="${colour}"/>`
    : `<path d="M${x} ${y + 8}h20" stroke="${colour}" stroke-width="2.5"${isDashed ? ' stroke-dasharray="5 3"' : ''}/>`
  return sign + text(x + 26, y + 12, label, `font-size="12" fill="${ink}"`)
}

const text = (x: number, y: number, content: string, attributes: string): string =>
  `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`

export const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
