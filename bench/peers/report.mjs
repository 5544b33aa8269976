/** What fails or is left out is a line of its own; ratios are of medians, and of best times where noise may matter. */

/** Peak memory may be this much of the smallest JavaScript peer's. */
const memoryShare = 1.1
const isJs = (name) => !name.startsWith('gryph') && name !== 'torch'

/** Each target of a workload: what was asked, how far it got (of 1), and whether that is enough. */
export function verdicts({ targets, firstCallMs }, { peers, flops, peakGflops }) {
  const found = new Map(peers.filter(({ medianMs }) => medianMs !== undefined).map((peer) => [peer.name, peer]))
  const gryph = found.get('gryph')
  const own = gryph ?? found.get('gryph-eager')
  if (!own) return []
  const js = [...found.values()].filter(({ name }) => isJs(name))
  const all = targets.map((target) => {
    if (target.peakShare !== undefined) return shareVerdict(target.peakShare, flops, own, peakGflops)
    if (target.microseconds !== undefined) return timeVerdict(target, found)
    const other =
      target.against === 'fastest-js' ? js.toSorted((a, b) => a.medianMs - b.medianMs)[0] : found.get(target.against)
    const timed = target.of ? found.get(target.of) : own
    return other && timed && ratioVerdict(target.times, timed, other)
  })
  if (gryph && js.length > 0) {
    const limit = memoryShare * Math.min(...js.map(({ maxRssMb }) => maxRssMb))
    all.push(
      verdict(`peak memory at most ${limit.toFixed(0)} MB`, `${gryph.maxRssMb.toFixed(0)} MB`, limit / gryph.maxRssMb),
    )
  }
  if (gryph && firstCallMs !== undefined) {
    all.push(
      verdict(
        `first compiled call under ${firstCallMs} ms`,
        `${gryph.firstCallMs.toFixed(0)} ms`,
        firstCallMs / gryph.firstCallMs,
      ),
    )
  }
  if (gryph && found.has('gryph-eager')) all.push(compilingVerdict(gryph, found.get('gryph-eager')))
  return all.filter((each) => each !== undefined)
}

/** A compiled function's first call may take longer than the eager one's by what it says it compiled, and a tenth for noise. */
function compilingVerdict({ firstCallMs, compileMs }, eager) {
  if (compileMs === undefined) return undefined
  const limit = 1.1 * (eager.firstCallMs + compileMs)
  return verdict(
    `first compiled calls under the eager one + compilation (${eager.firstCallMs.toFixed(0)} + ${compileMs.toFixed(0)} ms)`,
    `${firstCallMs.toFixed(0)} ms`,
    limit / firstCallMs,
  )
}

const verdict = (target, reached, share) => ({ target, reached, share, isReached: share >= 1 })

function ratioVerdict(times, own, other) {
  const ratio = other.medianMs / own.medianMs
  const best = other.bestMs / own.bestMs
  return verdict(
    `${own.name === 'gryph' ? '' : `${own.name} `}${times === 1 ? '' : `${times} times `}as fast as ${other.name}`,
    `${number(ratio)} times (best times: ${number(best)})`,
    ratio / times,
  )
}

function shareVerdict(peakShare, flops, own, peakGflops) {
  const [median, best] = [own.medianMs, own.bestMs].map((ms) => flops / ms / 1e6)
  const percent = (rate) => `${((100 * rate) / peakGflops).toFixed(0)} %`
  return verdict(
    `${100 * peakShare} % of the peak of ${number(peakGflops)} GFLOP/s`,
    `${percent(median)} (best time: ${percent(best)})`,
    median / peakGflops / peakShare,
  )
}

function timeVerdict({ microseconds, of }, found) {
  const own = found.get(of)
  return own && verdict(`${of} under ${microseconds} µs`, time(own.medianMs), microseconds / (1000 * own.medianMs))
}

export function formatWorkload({ name, flops, peakGflops, peers, verdicts: all }) {
  const heading = row([name, 'median', 'best', 'x gryph', 'memory', 'first call', ...(flops ? ['GFLOP/s'] : [])])
  const own = peers.find(({ medianMs }) => medianMs !== undefined)
  const lines = peers.map((peer) => {
    const { name: peerName, medianMs, bestMs, maxRssMb, firstCallMs, missing, disagreement } = peer
    if (disagreement) return `  ${peerName} disagrees and is not timed: ${disagreement}`
    if (medianMs === undefined) return `  ${peerName} is left out: ${missing}`
    const ratio = number(medianMs / own.medianMs)
    const cells = [time(medianMs), time(bestMs), ratio, `${maxRssMb.toFixed(0)} MB`, time(firstCallMs)]
    return row([`  ${peerName}`, ...cells, ...(flops ? [number(flops / medianMs / 1e6)] : [])])
  })
  if (peakGflops) lines.push(`  one core's peak: ${number(peakGflops)} GFLOP/s`)
  return [heading, ...lines, ...all.map((each) => `  ${verdictLine(each)}`)].join('\n')
}

export function formatSummary(reports) {
  const lines = reports.flatMap(({ name, verdicts: all }) =>
    all.map((each) => `${name.padEnd(58)}${verdictLine(each)}`),
  )
  const reached = reports.flatMap(({ verdicts: all }) => all).filter(({ isReached }) => isReached)
  return [`${reached.length} of ${lines.length} targets reached`, ...lines].join('\n')
}

const verdictLine = ({ target, reached, isReached }) => `${isReached ? 'reached' : 'missed '}  ${target}: ${reached}`

const row = ([first, ...cells]) => first.padEnd(58) + cells.map((cell) => cell.padStart(11)).join('')

const number = (value) => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0))

const time = (ms) => (ms < 1 ? `${number(1000 * ms)} µs` : `${number(ms)} ms`)
