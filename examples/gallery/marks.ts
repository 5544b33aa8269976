/** Marks that several examples draw. */
import * as Plot from '@observablehq/plot'
import { colour, ink, muted, paper } from './style.ts'

export type Point = readonly [x: number, y: number]

const curvePoints = 240

/** A function of one number over a range. */
export function curve(f: (x: number) => number, [from, to]: Point, options: Plot.LineOptions = {}): Plot.Markish {
  const points = Array.from({ length: curvePoints + 1 }, (_, i): Point => {
    const x = from + ((to - from) * i) / curvePoints
    return [x, f(x)]
  })
  return polyline(points, { stroke: muted, strokeWidth: 1.75, ...options })
}

export const polyline = (points: readonly Point[], options: Plot.LineOptions = {}): Plot.Markish =>
  Plot.line(points, { x: '0', y: '1', stroke: colour(0), strokeWidth: 2, clip: true, ...options })

/** Points in the order in which they were reached, joined. */
export const trace = (points: readonly Point[], stroke = colour(1)): Plot.Markish[] => [
  polyline(points, { stroke, strokeWidth: 1.75 }),
  Plot.dot(points, { x: '0', y: '1', fill: stroke, stroke: paper, strokeWidth: 0.75, r: 3.2, clip: true }),
]

export const dots = (points: readonly Point[], options: Plot.DotOptions = {}): Plot.Markish =>
  Plot.dot(points, { x: '0', y: '1', fill: muted, fillOpacity: 0.7, r: 2, clip: true, ...options })

/** Lines of equal value, the darker the higher. */
export const contours = (
  f: (x: number, y: number) => number,
  xRange: Point,
  yRange: Point,
  thresholds: readonly number[],
): Plot.Markish =>
  Plot.contour({
    // Larger than what is seen, because the areas have an outline at their ends.
    x1: xRange[0] - 0.05 * (xRange[1] - xRange[0]),
    x2: xRange[1] + 0.05 * (xRange[1] - xRange[0]),
    y1: yRange[0] - 0.05 * (yRange[1] - yRange[0]),
    y2: yRange[1] + 0.05 * (yRange[1] - yRange[0]),
    clip: true,
    value: f,
    thresholds: [...thresholds],
    pixelSize: 4,
    fill: colour(0),
    fillOpacity: 0.045,
    stroke: colour(0),
    strokeOpacity: 0.35,
    strokeWidth: 0.8,
  })

/** A dot with words beside it. */
export const note = (
  [x, y]: Point,
  words: string,
  { dx = 8, dy = -8, anchor = 'start' as 'start' | 'middle' | 'end', fill = ink } = {},
): Plot.Markish[] => [
  Plot.dot([[x, y]], { x: '0', y: '1', r: 4, fill, stroke: paper }),
  Plot.text([[x, y]], {
    x: '0',
    y: '1',
    text: [words.replaceAll(/-(?=\d)/g, '−')],
    dx,
    dy,
    textAnchor: anchor,
    lineAnchor: dy < 0 ? 'bottom' : 'top',
    fill,
    stroke: paper,
    strokeWidth: 4,
    fontSize: 12,
  }),
]

/** Labels of a logarithmic axis: its powers of ten, and nothing between them. */
export function powerOfTen(value: number): string {
  const exponent = Math.log10(value)
  if (Math.abs(exponent - Math.round(exponent)) > 1e-9) return ''
  if (Math.abs(exponent) < 3.5) return String(Number(value.toPrecision(1)))
  return `10${Array.from(String(Math.round(exponent)), (sign) => superscripts[sign]).join('')}`
}

const superscripts: Readonly<Record<string, string>> = {
  '-': '⁻',
  0: '⁰',
  1: '¹',
  2: '²',
  3: '³',
  4: '⁴',
  5: '⁵',
  6: '⁶',
  7: '⁷',
  8: '⁸',
  9: '⁹',
}
