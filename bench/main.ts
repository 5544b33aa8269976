/** Times eager against compiled on training steps and single functions: `npm run bench -- --help`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { configure } from 'gryph'
import { fullEffort, measureCase, quickEffort } from './measure.ts'
import { opCases } from './op-cases.ts'
import { measurePeak } from './peak.ts'
import { caseReport, formatCase, formatPeak, heading, type Report } from './report.ts'
import { trainingCases } from './training-cases.ts'

const usage = `Times eager against compiled, in turns, and prints medians with half the interquartile range.

npm run bench -- [flags]
  --only TEXT   only the cases whose name contains TEXT
  --quick       one short round: shows that everything runs
  --json FILE   where to write the results (default bench/out/results.json)
  --help        print this`

function main(): void {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: 'bench/out/results.json' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const all = [...trainingCases, ...opCases]
  const chosen = all.filter(({ name }) => name.includes(values.only))
  if (chosen.length === 0)
    throw new RangeError(
      `no case has ${JSON.stringify(values.only)} in its name. Cases: ${all.map(({ name }) => name).join('; ')}.`,
    )
  configure({ relaxedSimd: 'enable' })

  const peakGflops = measurePeak(values.quick ? 0.05 : 0.5)
  console.log(`${formatPeak(peakGflops)}\n\n${heading()}`)
  const cases = chosen.map((each) => {
    const report = caseReport(measureCase(each, values.quick ? quickEffort : fullEffort), peakGflops)
    console.log(formatCase(report))
    return report
  })
  const report: Report = { node: process.versions.node, quick: values.quick, peakGflops, cases }
  mkdirSync(dirname(values.json), { recursive: true })
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
  console.log(`\nwritten to ${values.json}`)
}

try {
  main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error)
  if (!isUsage) throw error
  console.error(`[bench] ${error.message}`)
  process.exitCode = 1
}
