import { barSection } from './html-bars.ts'
import { escape, table } from './html-parts.ts'
import { firstCallRows, type CaseReport, type Report } from './report.ts'
import { rooflineChart } from './roofline-chart.ts'
import { formatBandwidths, formatMs, formatPeak, percent, short, threadNotes } from './text-report.ts'

/** The results as one page that needs nothing else. */
export function htmlPage(report: Report): string {
  const { node, quick, cores, peakGflops, bandwidths, cases } = report
  const facts = [
    `Node ${node}, ${cores} core${cores === 1 ? '' : 's'}, medians; smaller is better${quick ? '; one short round: times mean little' : ''}`,
    formatPeak(peakGflops),
    formatBandwidths(bandwidths),
    ...threadNotes(cases, cores),
    'all threads: timed in a process of their own, in turns with the others',
  ]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gryph bench</title>
<style>${style}</style>
</head>
<body>
<h1>gryph bench</h1>
<ul class="facts">${facts.map((fact) => `<li>${escape(fact)}</li>`).join('')}</ul>
<h2>Time of one run</h2>
${barSection(cases)}
<h2>Roofline, one thread</h2>
${rooflineChart(report)}
${rooflineRows(cases)}
${firstCallSection(cases)}
<h2>Slowest kernels</h2>
${cases.map(slowKernels).join('\n')}
</body>
</html>
`
}

function rooflineRows(cases: readonly CaseReport[]): string {
  const titles = ['case', 'MFLOP', 'MB', 'FLOP/B', 'GFLOP/s', '% of peak', 'GB/s', '% of bandwidth', 'bound by']
  const rows = cases.flatMap(({ name, roofline }, i) => {
    if (!roofline) return []
    const { flops, bytes, intensity, gflops, shareOfPeak, gigabytesPerSecond, shareOfBandwidth, bound } = roofline
    return [
      [
        `${i + 1} ${name}`,
        short(flops / 1e6),
        short(bytes / 1e6),
        short(intensity),
        gflops.toFixed(1),
        percent(shareOfPeak),
        gigabytesPerSecond.toFixed(1),
        percent(shareOfBandwidth),
        bound,
      ],
    ]
  })
  return table(titles, rows)
}

function firstCallSection(cases: readonly CaseReport[]): string {
  const rows = firstCallRows(cases)
  if (rows.length === 0) return ''
  const titles = ['case', 'eager', 'hybridized', 'of it compiling', 'else over eager', 'second call, compiled']
  return `<h2>First calls, milliseconds, in processes of their own</h2>\n${table(titles, rows)}`
}

function slowKernels({ name, work }: CaseReport): string {
  if (!work) return ''
  const rate = (value: number | undefined): string => (value ? value.toFixed(1) : '')
  const rows = work.slowest.map((kernel) => [
    kernel.name,
    `${percent(kernel.share)} %`,
    formatMs(kernel.meanMs),
    rate(kernel.gflops),
    rate(kernel.gigabytesPerSecond),
  ])
  const titles = ['kernel', 'share', 'mean', 'GFLOP/s', 'GB/s']
  return `<details><summary>${escape(name)}: ${work.kernels} kernel${work.kernels === 1 ? '' : 's'}</summary>${table(titles, rows)}</details>`
}

const style = `
:root { color-scheme: light dark; --text: #1c1e21; --quiet: #63676e; --page: #fff; --line: #d6d9de; --eager: #9aa2ad; --compiled: #2f6fde; --threads: #1a9b74; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --quiet: #9ba1aa; --page: #17191c; --line: #3a3e45; --eager: #6c7480; --compiled: #6ea0f5; --threads: #45c49a; }
}
body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--page); max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
.facts, .note { color: var(--quiet); padding-left: 1.2rem; }
.bars { display: grid; grid-template-columns: minmax(12rem, 24rem) 1fr; gap: 0.9rem 1rem; align-items: center; }
.bar { display: flex; align-items: center; gap: 0.5rem; height: 1.15rem; white-space: nowrap; font-size: 13px; }
.bar span:first-child { height: 0.85rem; border-radius: 2px; min-width: 2px; flex: none; }
.eager { background: var(--eager); } .compiled { background: var(--compiled); } .threads { background: var(--threads); }
.key span { display: inline-block; width: 0.8rem; height: 0.8rem; border-radius: 2px; margin: 0 0.35rem 0 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: 0.5rem 0; }
th, td { padding: 0.25rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; max-width: 56rem; height: auto; }
svg text { fill: var(--text); font: 12px system-ui, sans-serif; }
svg .grid { stroke: var(--line); } svg .roof { stroke: var(--text); stroke-width: 1.5; fill: none; }
svg .memory { stroke: var(--quiet); stroke-dasharray: 5 4; fill: none; } svg circle { fill: var(--compiled); }
`
