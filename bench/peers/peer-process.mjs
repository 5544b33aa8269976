/**
 * One peer with one workload, in a process of its own: `node peer-process.mjs PEER KIND SPEC STEPS`. It checks in with its first results,
 * then takes a line `measure SECONDS SAMPLES` for every round and answers each with a line of JSON. It ends with its standard input.
 */
import { createInterface } from 'node:readline'

const [peer, kind, spec, steps] = process.argv.slice(2)
const modules = {
  gryph: './peers/gryph.mjs',
  'gryph-eager': './peers/gryph.mjs',
  'jax-js': './peers/jax.mjs',
  'tfjs-wasm': './peers/tfjs.mjs',
  'tfjs-cpu': './peers/tfjs.mjs',
  'onnxruntime-web': './peers/onnxruntime.mjs',
}
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)
// Libraries greet on the console; the answers need standard output for themselves.
for (const method of ['log', 'info', 'warn']) console[method] = (...words) => console.error(...words)

const { programs, measurePeak } = await import(modules[peer])
const make = programs[kind]
if (!make) {
  say({ missing: `${peer} has no ${kind}` })
  process.exit(0)
}

/** `run` is what is timed; where it gives a promise, that is awaited. `values` turns its result into numbers, and frees it. */
const { run, values = (result) => [result], compiledFrom = 1 } = await make(JSON.parse(spec), peer)
const results = []
const callMs = []
for (let step = 0; step < Math.max(Number(steps), compiledFrom); step++) {
  const start = performance.now()
  const result = await run()
  callMs.push(performance.now() - start)
  results.push(sample(await values(result)))
}
// A compiler that runs its first call eagerly is asked for its first compiled one.
const firstCallMs = callMs.slice(0, compiledFrom).reduce((sum, ms) => sum + ms, 0)
say({ values: results.slice(0, Number(steps)), firstCallMs })

for await (const line of createInterface({ input: process.stdin })) {
  const [command, seconds, count] = line.split(' ')
  if (command === 'peak') say({ peakGflops: await measurePeak(Number(seconds)) })
  if (command === 'measure')
    say({ samples: await measure(Number(seconds), Number(count)), maxRssMb: process.resourceUsage().maxRSS / 1024 })
}
process.exit(0)

/** Enough of a large result to compare: elements all over it, and its mean. */
function sample(all) {
  if (all.length <= 64) return [...all]
  const some = Array.from({ length: 64 }, (_, i) => all[Math.floor((i * all.length) / 64) + (i % 7)])
  return [...some, all.reduce((sum, value) => sum + value, 0) / all.length]
}

/** Milliseconds per run; each sample is the mean over enough runs for the clock, and has its share of the garbage collector. */
async function measure(seconds, count) {
  const sampleMs = (1000 * seconds) / count
  let runs = 1
  let taken = await timed(runs)
  while (taken < Math.min(2, sampleMs) && runs < 1e6) {
    runs *= 2
    taken = await timed(runs)
  }
  runs = Math.max(1, Math.round((runs * sampleMs) / taken))
  const samples = []
  for (let i = 0; i < count; i++) samples.push((await timed(runs)) / runs)
  return samples
}

async function timed(runs) {
  const start = performance.now()
  if (values.frees) for (let i = 0; i < runs; i++) values.frees(await run())
  else
    for (let i = 0; i < runs; i++) {
      const result = run()
      if (result instanceof Promise) await result
    }
  return performance.now() - start
}
