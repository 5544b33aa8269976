/** Times eager against compiled on training steps and single functions: `npm run bench -- --help`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { configure } from 'gryph'
import { measureBandwidth } from './bandwidth.ts'
import { serve } from './child-process.ts'
import { htmlPage } from './html-page.ts'
import { measureCases } from './measure-cases.ts'
import { opCases } from './op-cases.ts'
import { optimizerCases } from './optimizer-cases.ts'
import { measurePeak } from '../src/cli/peak.ts'
import { caseReport, type Report } from './report.ts'
import { sequenceCases } from './sequence-cases.ts'
import * as text from './text-report.ts'
import { trainingCases } from './training-cases.ts'

const usage = `Times eager against compiled on one thread and on all, in turns, and prints medians with half the interquartile range;
then what each program reaches of the machine's peak and bandwidth, and how long first calls take.

npm run bench -- [flags]
  --only TEXT   only the cases whose name contains TEXT
  --quick       one short round, without first calls: shows that everything runs
  --json FILE   where to write the results (default bench/out/results.json)
  --html FILE   where to write them as a page with bars (default bench/out/results.html)
  --help        print this`

const allCases = [...trainingCases, ...optimizerCases, ...sequenceCases, ...opCases]

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: 'bench/out/results.json' },
      html: { type: 'string', default: 'bench/out/results.html' },
      help: { type: 'boolean', default: false },
      child: { type: 'boolean', default: false }, // started by the bench itself
    },
  })
  if (values.help) return console.log(usage)
  const cases = allCases.filter(({ name }) => name.includes(values.only))
  if (cases.length === 0)
    throw new RangeError(
      `no case has ${JSON.stringify(values.only)} in its name. Cases: ${allCases.map(({ name }) => name).join('; ')}.`,
    )
  configure({ relaxedSimd: 'enable' })
  if (values.child) return serve(allCases)

  const { quick } = values
  const [peakGflops, bandwidths] = [measurePeak(quick ? 0.05 : 0.5), measureBandwidth(quick ? 0.1 : 1)]
  console.log(`${text.formatPeak(peakGflops)}\n${text.formatBandwidths(bandwidths)}\n\n${text.timingHeading()}`)
  const measured = await measureCases(cases, quick, (each) =>
    console.log(text.timingLine(caseReport(each, peakGflops, bandwidths))),
  )
  const reports = measured.map((each) => caseReport(each, peakGflops, bandwidths))
  const cores = availableParallelism()
  for (const lines of [
    text.threadNotes(reports, cores),
    ['all threads: in a process of their own, in turns with the others; sharing memory slows copies in and out'],
    text.rooflineTable(reports),
    text.firstCallTable(reports),
  ])
    if (lines.length > 0) console.log(`\n${lines.join('\n')}`)
  const report: Report = { node: process.versions.node, quick, cores, peakGflops, bandwidths, cases: reports }
  write(values.json, `${JSON.stringify(report, null, 2)}\n`)
  write(values.html, htmlPage(report))
  console.log(`\nwritten to ${values.json} and ${values.html}`)
}

function write(file: string, contents: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, contents)
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error)
  if (!isUsage) throw error
  console.error(`[bench] ${error.message}`)
  process.exitCode = 1
}
