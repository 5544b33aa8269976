import { sections, type ModeComparison } from './example.ts'
import type { Figure, Source } from './figure.ts'
import { escaped } from './picture.ts'
import { milliseconds, ratioText } from './report-text.ts'
import type { RunRecord } from './run-alone.ts'
import { colourRules, font } from './style.ts'

const sourceNames: Readonly<Record<Source, string>> = {
  book: 'printed in the book',
  recomputed: 'recomputed by other means',
  property: '',
}

/** The gallery as one HTML text; pictures lie beside it. */
export function galleryPage(records: readonly RunRecord[]): string {
  const figures = records.flatMap((record) => record.figures)
  const right = figures.filter(({ isRight }) => isRight).length
  const isEqual = records.every(({ comparisons }) => comparisons.every(({ different }) => different.length === 0))
  const shown = sections
    .map((section) => ({ section, of: records.filter((record) => record.section === section) }))
    .filter(({ of }) => of.length > 0)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>gryph: examples</title>
<style>${css}</style>
</head>
<body>
<header>
<h1>gryph: examples</h1>
<p>A course on optimization and computational performance, each section run eagerly and compiled.
<b>${right} of ${figures.length}</b> figures are as expected; eager and compiled results are ${isEqual ? '<b>equal in every bit</b>' : '<b class="wrong">not equal</b>'}.</p>
<nav>${shown.map(({ section, of }) => `<span>${section}</span><div>${of.map(({ name, title }) => `<a href="#${name}">${escaped(title)}</a>`).join(' ')}</div>`).join('\n')}</nav>
</header>
${shown.map(({ section, of }) => `<h2>${section}</h2>\n${of.map(card).join('\n')}`).join('\n')}
<footer>Longer programs, which print rather than draw: <a href="../debug.ts">examples/debug.ts</a>,
<a href="../fashion-mnist/main.ts">examples/fashion-mnist</a> (<code>npm start</code>).</footer>
</body>
</html>
`
}

const card = ({
  name,
  title,
  about,
  source,
  pictures,
  figures,
  comparisons,
  text,
}: RunRecord): string => `<article id="${name}">
<h3>${escaped(title)}</h3>
<p>${escaped(about)} <a class="source" href="../../${source}">${source}</a></p>
<div class="body"><div class="pictures">
${pictures.slice(0, shownPictures(pictures.length)).map(image).join('\n')}
</div><div class="tables">
${figures.length === 0 ? '' : figureTable(figures)}
${comparisons.length === 0 ? '' : comparisonTable(comparisons)}
</div></div>
${pictures.length > shownPictures(pictures.length) ? `<details><summary>${pictures.length - 1} single pictures</summary><div class="small">${pictures.slice(1).map(image).join('\n')}</div></details>` : ''}
${text === '' ? '' : `<details><summary>What it prints</summary><pre>${escaped(text)}</pre></details>`}
</article>`

/** Many are parts of the first one, and stay folded. */
const shownPictures = (count: number): number => (count > 4 ? 1 : count)

const image = ({ file, alt }: RunRecord['pictures'][number]): string =>
  `<a href="${file}"><img src="${file}" alt="${escaped(alt)}"></a>`

const figureTable = (figures: readonly Figure[]): string => `<div class="scroll"><table class="figures">
<thead><tr><th></th><th>obtained</th><th>expected</th><th></th></tr></thead>
<tbody>
${figures
  .map(
    ({ label, obtained, expected, isRight, source }) =>
      `<tr><th>${escaped(label)}</th><td>${escaped(obtained)}</td><td title="${sourceNames[source]}">${escaped(expected)}</td><td class="${isRight ? 'right">✓' : 'wrong">✗'}</td></tr>`,
  )
  .join('\n')}
</tbody></table></div>`

function comparisonTable(comparisons: readonly ModeComparison[]): string {
  const rows = comparisons.flatMap((comparison) => {
    const { label, eagerFirstMs, compiledFirstMs, eagerMs, compiledMs, different } = comparison
    const isOnlyTime = eagerFirstMs === undefined
    const bits = `<td class="${different.length === 0 ? 'right">same bits' : 'wrong">other bits'}</td>`
    return [
      ...(label === undefined ? [] : [`<tr><th colspan="5" class="label">${escaped(label)}</th></tr>`]),
      ...timeRow(
        label === undefined ? 'first run' : 'first',
        eagerFirstMs,
        compiledFirstMs,
        eagerMs === undefined ? bits : '',
      ),
      ...timeRow(isOnlyTime ? 'time' : 'later', eagerMs, compiledMs, bits),
    ]
  })
  return `<div class="scroll"><table class="times">
<thead><tr><th></th><th>eager</th><th>compiled</th><th></th><th></th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`
}

function timeRow(name: string, eagerMs: number | undefined, compiledMs: number | undefined, bits: string): string[] {
  if (eagerMs === undefined || compiledMs === undefined) return []
  return [
    `<tr><th>${name}</th><td>${milliseconds(eagerMs)}</td><td>${milliseconds(compiledMs)}</td><td><b>× ${ratioText(eagerMs / compiledMs)}</b></td>${bits === '' ? '<td></td>' : bits}</tr>`,
  ]
}

const css = `${colourRules(':root')}
:root{color-scheme:light dark}
body{margin:0 auto;max-width:1200px;padding:24px 20px 80px;background:var(--paper);color:var(--ink);font:15px/1.5 ${font}}
h1{font-size:28px;margin:0 0 4px}
h2{font-size:21px;margin:48px 0 8px;border-bottom:1px solid var(--line);padding-bottom:6px}
h3{font-size:17px;margin:0 0 4px}
header p{margin:0 0 16px;color:var(--muted)}
header p b{color:var(--ink)}
nav{display:grid;grid-template-columns:max-content 1fr;gap:6px 24px;font-size:14px}
nav div{display:flex;flex-wrap:wrap;gap:4px 14px}
nav span{color:var(--muted)}
a{color:var(--c0);text-decoration:none}
a:hover{text-decoration:underline}
article{padding:20px 0 24px;border-bottom:1px solid var(--line)}
article p{margin:0 0 12px;max-width:80ch}
.source{font:12.5px ui-monospace,monospace;white-space:nowrap}
img{display:block;max-width:100%;height:auto;margin:4px 0 14px;border:1px solid var(--line);border-radius:6px;background:var(--paper)}
.body{display:flex;flex-wrap:wrap;gap:4px 28px}
.pictures,.tables{min-width:0;max-width:100%}
.tables{display:flex;flex-wrap:wrap;align-content:flex-start;align-items:flex-start;gap:0 40px}
.tables>*{max-width:100%}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:13.5px;margin:6px 0 12px;font-variant-numeric:tabular-nums}
th{font-weight:400;text-align:left;color:var(--muted)}
td,th{padding:3px 18px 3px 0;border-bottom:1px solid var(--line);vertical-align:top}
.figures td{font-family:ui-monospace,"SFMono-Regular","DejaVu Sans Mono",monospace;font-size:12.5px;white-space:pre}
tbody th{color:var(--ink)}
.times td{text-align:right}
.times .label{color:var(--muted);padding-top:8px}
.times thead th{text-align:right}
.right{color:var(--c2)!important}
.wrong{color:var(--c4)!important;font-weight:700}
footer{color:var(--muted);margin-top:24px;font-size:14px}
details{margin-top:6px}
.small{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:8px;margin-top:8px}
summary{cursor:pointer;color:var(--muted);font-size:14px}
pre{overflow-x:auto;border:1px solid var(--line);border-radius:6px;padding:12px;font:12px/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
@media (max-width:640px){nav{grid-template-columns:1fr}}
`
