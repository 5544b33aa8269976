/** Times gryph against other libraries: `npm run bench:peers -- --help`. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { compareWorkload } from './compare.mjs'
import { formatSummary, formatWorkload, verdicts } from './report.mjs'
import { workloads } from './workloads.mjs'

const usage = `Times gryph against other libraries: the same training steps and functions, each library in a process of its own, in turns.
Before they are timed, all have to compute the same.

npm run bench:peers -- [flags]
  --only TEXT   only the workloads whose name contains TEXT
  --peers A,B   only these, and gryph: jax-js, tfjs-wasm, tfjs-cpu, onnxruntime-web, torch
  --quick       one short round: shows that everything runs
  --json FILE   where to write the results (default bench/out/peers.json)
  --help        print this

The environment variable GRYPH_ENTRY names another build's index.js to measure in place of dist/.`

const here = fileURLToPath(new URL('.', import.meta.url))
const fullEffort = { warmUpRounds: 1, rounds: 6, seconds: 0.4, samples: 5, firstCalls: 4 }
const quickEffort = { warmUpRounds: 0, rounds: 1, seconds: 0.05, samples: 1, firstCalls: 0 }

async function main() {
  const { values: flags } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      peers: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string', default: 'bench/out/peers.json' },
      help: { type: 'boolean', default: false },
    },
  })
  if (flags.help) return console.log(usage)
  const chosen = workloads.filter(({ name }) => name.includes(flags.only))
  if (chosen.length === 0) {
    throw new RangeError(
      `no workload has ${JSON.stringify(flags.only)} in its name. Workloads: ${workloads.map(({ name }) => name).join('; ')}.`,
    )
  }
  install()
  await bundlePeakMeter()
  const python = pythonWithTorch()
  if (!python) console.log('PyTorch is left out: no python3 here can import torch.')
  const wanted = flags.peers?.split(',')
  const takesPart = (peer) =>
    peer.startsWith('gryph') || ((!wanted || wanted.includes(peer)) && (peer !== 'torch' || python !== undefined))

  const effort = flags.quick ? quickEffort : fullEffort
  const reports = []
  for (const workload of chosen) {
    const results = await compareWorkload(workload, workload.peers.filter(takesPart), effort, python)
    const report = { ...results, verdicts: verdicts(workload, results) }
    reports.push(report)
    console.log(`\n${formatWorkload(report)}`)
    if (results.peers.some(({ disagreement }) => disagreement)) process.exitCode = 1
  }
  console.log(`\n${formatSummary(reports)}`)
  mkdirSync(dirname(flags.json), { recursive: true })
  writeFileSync(
    flags.json,
    `${JSON.stringify({ node: process.versions.node, quick: flags.quick, workloads: reports }, null, 2)}\n`,
  )
  console.log(`\nwritten to ${flags.json}`)
}

/** The other libraries are no dependencies of gryph, and only installed for this. */
function install() {
  if (existsSync(`${here}node_modules/.package-lock.json`)) return
  console.log('installing the other libraries into bench/peers/node_modules …')
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
  })
  if (status !== 0) throw new RangeError('npm ci failed in bench/peers.')
}

const bundlePeakMeter = () =>
  build({
    entryPoints: [`${here}../../src/cli/peak.ts`],
    outfile: `${here}../out/peak.mjs`,
    format: 'esm',
    tsconfigRaw: '{}',
  })

const pythonWithTorch = () =>
  ['python3', '/usr/bin/python3'].find((python) => spawnSync(python, ['-c', 'import torch']).status === 0)

try {
  await main()
} catch (error) {
  const isUsage = error instanceof RangeError || (error instanceof TypeError && 'code' in error)
  if (!isUsage) throw error
  console.error(`[bench:peers] ${error.message}`)
  process.exitCode = 1
}
