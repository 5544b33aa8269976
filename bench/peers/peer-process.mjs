/**
 * One peer with one workload, in a process of its own: `node peer-process.mjs PEER KIND SPEC STEPS`. It checks in with its first results,
 * then takes a line `measure SECONDS SAMPLES` for every round and answers each with a line of JSON. It ends with its standard input.
 */
import { createInterface } from 'node:readline'

const [peer, kind, spec, steps] = process.argv.slice(2)
const modules = {
  gryph: './peers/gryph.mjs',
  'gryph-eager': './peers/gryph.mjs',
  'gryph-exported': './peers/gryph.mjs',
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

/**
 * `run` is what is timed, with `free` for its result where a peer needs that; a promise is awaited. `read` gives the result as arrays of
 * numbers, and frees it. `compiledFrom` is the number of the first call without compiling, `compileMs` the time that a peer says it compiled.
 */
const { run, free, read = (loss) => [[loss]], compiledFrom = 1, compileMs } = await make(JSON.parse(spec), peer)
const results = []
const callMs = []
for (let step = 0; step < Math.max(Number(steps), compiledFrom); step++) {
  const start = performance.now()
  const result = await run()
  callMs.push(performance.now() - start)
  results.push(read(result).flatMap(sample))
}
// Compilers may leave work to the second call, so both count.
const firstCallMs = callMs.slice(0, compiledFrom).reduce((sum, ms) => sum + ms, 0)
say({ values: results.slice(0, Number(steps)), firstCallMs, compileMs: compileMs?.() })

for await (const line of createInterface({ input: process.stdin })) {
  const [command, seconds, count] = line.split(' ')
  if (command === 'peak') say({ peakGflops: await measurePeak(Number(seconds)) })
  if (command === 'measure')
    say({ samples: await measure(Number(seconds), Number(count)), maxRssMb: process.resourceUsage().maxRSS / 1024 })
}
process.exit(0)

/** Enough of a large array to compare: elements all over it, and its mean. */
function sample(values) {
  if (values.length <= 64) return [...values]
  const some = Array.from({ length: 64 }, (_, i) => values[Math.floor((i * values.length) / 64) + (i % 7)])
  return [...some, values.reduce((sum, value) => sum + value, 0) / values.length]
}

/** Milliseconds per run; each sample is the mean over enough runs for the clock, the garbage collector's share included. */
async function measure(seconds, count) {
  const sampleMs = (1000 * seconds) / count
  let runs = 1
  let taken = await timed(runs)
  while (taken < Math.min(2, sampleMs) && runs < 1e6) {
    runs *= 2
    taken = await timed(runs)
  }
  if (taken >= 1000 * seconds) return [taken / runs]
  runs = Math.max(1, Math.round((runs * sampleMs) / taken))
  const samples = []
  for (let i = 0; i < count; i++) samples.push((await timed(runs)) / runs)
  return samples
}

async function timed(runs) {
  const start = performance.now()
  for (let i = 0; i < runs; i++) {
    const given = run()
    const result = given instanceof Promise ? await given : given
    free?.(result)
  }
  return performance.now() - start
}
