import { Peer } from './peer.mjs'

/** How far results may lie apart, relative to their size; elements near 0 are measured by the largest one. */
const tolerance = 1e-3
const smallest = 1e-2
/** A peer that takes longer than this is timed in two rounds only. */
const slowMs = 2000

/**
 * Runs one workload in all peers: first their results are compared with the first peer's, then they are timed in turns, the other way
 * round in every second round.
 *
 * @param {import('./workloads.mjs').Workload} workload
 * @param {readonly string[]} names
 * @param {{ warmUpRounds: number, rounds: number, seconds: number, samples: number, firstCalls: number }} effort
 */
export async function compareWorkload(workload, names, effort, python) {
  const peers = []
  for (const name of names) peers.push(await started(name, workload, python))
  const reference = peers.find(({ values }) => values)?.values
  for (const peer of peers) peer.disagreement = peer.values && disagreement(peer.values, reference)

  const able = peers.filter(({ values, disagreement: found }) => values && !found)
  const samples = new Map(able.map(({ name }) => [name, []]))
  let peakGflops
  for (let round = -effort.warmUpRounds; round < effort.rounds; round++) {
    for (const peer of round % 2 === 0 ? able : able.toReversed()) {
      if (round > 1 && samples.get(peer.name)[0] > slowMs) continue
      const { samples: taken, maxRssMb } = await peer.process.measure(effort.seconds, effort.samples)
      if (round >= 0) samples.get(peer.name).push(...taken)
      peer.maxRssMb = maxRssMb
      if (workload.flops === undefined || peer.name !== 'gryph') continue
      const { peakGflops: measured } = await peer.process.ask('peak 0.25')
      peakGflops = Math.max(peakGflops ?? 0, measured)
    }
  }
  for (const peer of peers) peer.process?.end()
  await addFirstCalls(workload, able, effort.firstCalls, python)

  const { name, flops } = workload
  return { name, flops, peakGflops, peers: peers.map((peer) => resultOf(peer, samples.get(peer.name) ?? [])) }
}

async function started(name, workload, python) {
  const process = new Peer(name, workload, python)
  try {
    const { missing, values, firstCallMs, compileMs } = await process.checkIn()
    return missing ? { name, missing } : { name, process, values, firstCalls: [firstCallMs], compilations: [compileMs] }
  } catch (error) {
    return { name, missing: error.message }
  }
}

/** A first call happens once in a process, so it takes further processes to have several. */
async function addFirstCalls(workload, peers, count, python) {
  if (workload.firstCallMs === undefined) return
  for (let i = 0; i < count; i++) {
    for (const { name, firstCalls, compilations } of peers) {
      const process = new Peer(name, workload, python)
      const { firstCallMs, compileMs } = await process.checkIn()
      firstCalls.push(firstCallMs)
      compilations.push(compileMs)
      process.end()
    }
  }
}

function disagreement(values, reference) {
  for (const [step, expected] of reference.entries()) {
    const floor = smallest * Math.max(...expected.map(Math.abs))
    for (const [i, x] of expected.entries()) {
      const y = values[step][i]
      if (!(Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), floor))) return `step ${step} gave ${y}, not ${x}`
    }
    if (values[step].length !== expected.length)
      return `step ${step} gave ${values[step].length} elements, not ${expected.length}`
  }
  return undefined
}

function resultOf({ name, missing, disagreement: found, firstCalls, compilations, maxRssMb }, samples) {
  if (samples.length === 0) return { name, missing, disagreement: found }
  return {
    name,
    medianMs: median(samples),
    bestMs: Math.min(...samples),
    maxRssMb,
    firstCallMs: median(firstCalls),
    ...(compilations[0] === undefined ? {} : { compileMs: median(compilations) }),
    samples,
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}
