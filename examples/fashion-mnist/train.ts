import { argmax, hybridize, noGrad, type nn, type Tensor } from 'gryph'
import { batchesInOrder, type Batch, type Examples } from './data.ts'
import type { Trainer } from './network.ts'

const blockSteps = 10
const evaluationBatch = 500

/** One of the two ways to run a training step, and how long its steps took. */
export interface Run {
  readonly step: Trainer['trainStep']
  readonly stepMs: number[]
  loss: number
}

export const makeRun = (step: Trainer['trainStep']): Run => ({ step, stepMs: [], loss: NaN })

/** Gives both runs the same batches. They take turns in blocks of ten steps, so that whatever else the machine does hits both alike. */
export function trainInTurns(
  runs: readonly [Run, Run],
  batches: Iterator<Batch, never>,
  steps: number,
  onBlock: (stepsDone: number) => void,
): void {
  for (let done = 0; done < steps;) {
    const block = Array.from({ length: Math.min(blockSteps, steps - done) }, () => batches.next().value)
    const isOddBlock = (done / blockSteps) % 2 === 1
    for (const run of isOddBlock ? [runs[1], runs[0]] : runs) trainBlock(run, block)
    done += block.length
    onBlock(done)
  }
}

/** Takes one step per batch and notes its time; reading the loss is not part of it. */
export function trainBlock(run: Run, block: readonly Batch[]): void {
  let loss: Tensor | undefined
  for (const { images, labels } of block) {
    const start = performance.now()
    loss = run.step(images, labels)
    run.stepMs.push(performance.now() - start)
  }
  if (loss) run.loss = loss.item()
}

/** Share of the examples whose largest output is their class. */
export function accuracyOf({ net }: Trainer, examples: Examples, isCompiled: boolean): number {
  const predict = (images: Tensor): Tensor => noGrad(() => argmax(net.forward(images), 1))
  const classOf = isCompiled ? hybridize(predict) : predict
  let right = 0
  for (const { images, labels } of batchesInOrder(examples, evaluationBatch))
    right += classOf(images).equal(labels).sum().item()
  return right / examples.count
}

/** Parameters and optimizer state by name. */
export function stateOf({ net, optimizer }: Trainer): Map<string, Tensor> {
  const prefixed = (prefix: string, state: nn.StateDict) =>
    Object.entries(state).map(([name, tensor]) => [`${prefix}.${name}`, tensor] as const)
  return new Map([...prefixed('net', net.stateDict()), ...prefixed('optimizer', optimizer.stateDict())])
}

/** Names of the tensors that are not the same in both, bit by bit. */
export function differentNames(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): string[] {
  const names = [...new Set([...a.keys(), ...b.keys()])]
  return names.filter((name) => {
    const [ofA, ofB] = [a.get(name), b.get(name)]
    return !ofA || !ofB || Buffer.compare(bytesOf(ofA), bytesOf(ofB)) !== 0
  })
}

const bytesOf = (tensor: Tensor): Buffer => Buffer.from(tensor.data().buffer)
