import { escape } from './html-parts.ts'
import { modes, type CaseReport, type Mode } from './report.ts'
import { formatMs } from './text-report.ts'

const titles: Readonly<Record<Mode, string>> = {
  eager: 'eager',
  compiled: 'compiled, one thread',
  threads: 'compiled, all threads',
}

/** A group of bars for each case; the slowest mode of a case is as wide as there is room. */
export function barSection(cases: readonly CaseReport[]): string {
  const key = modes.map((mode) => `<span class="${mode}"></span>${titles[mode]}`).join('')
  const groups = cases.map((each) => `<div>${escape(each.name)}</div><div>${bars(each)}</div>`)
  return `<p class="key">${key}</p>\n<div class="bars">\n${groups.join('\n')}\n</div>`
}

function bars(report: CaseReport): string {
  const slowest = Math.max(...modes.map((mode) => report[mode]?.medianMs ?? 0))
  return modes
    .map((mode) => {
      const timing = report[mode]
      if (!timing) return ''
      const width = ((70 * timing.medianMs) / slowest).toFixed(2)
      const factor = slowest / timing.medianMs
      const label = `${formatMs(timing.medianMs)}${factor > 1.005 ? ` (${factor.toFixed(factor < 10 ? 1 : 0)} times as fast)` : ''}`
      return `<div class="bar" title="${titles[mode]}"><span class="${mode}" style="width:${width}%"></span><span>${escape(label)}</span></div>`
    })
    .join('')
}
