/** Trains one network on Fashion-MNIST twice from the same seed, eagerly and compiled, and compares times, memory, and every bit. */
import { configure, GryphError, hybridize } from 'gryph'
import { trainAlone, trainAloneInProcess } from './alone.ts'
import { readArgs, usage, type Args } from './args.ts'
import { loadExamples, shuffledBatches } from './data.ts'
import { makeTrainer } from './network.ts'
import { Progress } from './progress.ts'
import { differenceText, formatReport, makeReport, type Report } from './report.ts'
import { accuracyOf, differentNames, makeRun, stateOf, trainInTurns } from './train.ts'
import { UsageError } from './usage-error.ts'

const seed = 1

async function compareModes(args: Args): Promise<Report> {
  const [train, test] = await Promise.all([loadExamples('train', args.data), loadExamples('t10k', args.data)])
  const eager = makeTrainer(args.optimizer, seed)
  const compiled = makeTrainer(args.optimizer, seed)

  const fast = hybridize(compiled.trainStep)
  const runs = [makeRun(eager.trainStep), makeRun(fast)] as const
  const progress = new Progress()
  trainInTurns(runs, shuffledBatches(train, args.batch), args.steps, (done) =>
    progress.show(
      `step ${done} of ${args.steps}, loss ${runs[0].loss.toFixed(4)} eager, ${runs[1].loss.toFixed(4)} compiled`,
    ),
  )
  progress.show('training once more in each mode, in a process of its own')
  const [eagerAlone, compiledAlone] = [trainAloneInProcess('eager', args), trainAloneInProcess('compiled', args)]
  progress.end()

  const states = [stateOf(eager), stateOf(compiled)] as const
  return makeReport(args, {
    eager: { run: runs[0], alone: eagerAlone, testAccuracy: accuracyOf(eager, test, false) },
    compiled: { run: runs[1], alone: compiledAlone, testAccuracy: accuracyOf(compiled, test, true) },
    explanation: fast.explain(),
    trainImages: train.count,
    testImages: test.count,
    stateTensors: states[0].size,
    differentTensors: differentNames(...states),
  })
}

async function main(): Promise<void> {
  const args = readArgs(process.argv.slice(2))
  if (args.help) return console.log(usage)
  configure({ relaxedSimd: 'enable' })
  if (args.alone) return console.log(JSON.stringify(trainAlone(args.alone, args)))
  const report = await compareModes(args)
  console.log(args.json ? JSON.stringify(report, null, 2) : formatReport(report))
  if (!report.bitEqual) throw new UsageError(differenceText(report))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError || error instanceof GryphError)) throw error
  console.error(`[fashion-mnist] ${error.message.replace(/^\[\w+\] /, '')}`)
  process.exitCode = 1
}
