import { configure, hybridize, manualSeed, nn, optim, rand, randint, randn, type Tensor } from '../../../src/index.ts'
import { workerPool } from '../../../src/runtime/worker-pool.ts'

// Node 20 hides relaxed SIMD behind a flag; browsers have it, and multiply-adds have to round alike.
if (typeof process === 'object') configure({ relaxedSimd: 'enable' })

export interface Training {
  /** Of the bytes of all parameters after the last step. */
  readonly hash: string
  readonly losses: readonly number[]
  /** Of the compiled program; 0 when eager. */
  readonly threads: number
  readonly reason: string | null
  readonly barriers: number
  /** Calls in which workers took part. */
  readonly sharedRuns: number
}

const steps = 8
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** FNV-1a of the parameters' bytes. */
export function hashOf(parameters: readonly Tensor[]): string {
  let hash = 0x811c9dc5
  for (const parameter of parameters) {
    const data = parameter.data()
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return (hash >>> 0).toString(16)
}

export interface Perceptron {
  readonly parameters: readonly Tensor[]
  readonly step: (() => Tensor) & {
    explain?: () => {
      specialisations: readonly { threads: number; barriers: number; threadsReason: string | undefined }[]
    }
  }
}

/** The network of the benches with a batch of 32, from the same start each time. */
export function perceptron(threads: number | 'auto' | 'eager'): Perceptron {
  manualSeed(7)
  const net = nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 10))
  const parameters = net.parameters()
  const optimizer = optim.adam(parameters, { lr: 1e-3 })
  const [x, y] = [rand([32, 784]), randint(0, 10, [32])]
  const trainStep = (): Tensor => {
    const loss = nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { parameters, step: threads === 'eager' ? trainStep : hybridize(trainStep, { threads }) }
}

/** Until workers have started, calls run on one thread: only the event loop lets them start. */
export async function startWorkers(threads: number): Promise<void> {
  const big = randn([128, 128])
  const product = hybridize((a: Tensor) => a.matmul(a), { threads })
  const before = workerPool.sharedRuns
  const isWaiting = (): boolean => workerPool.sharedRuns === before && workerPool.unavailableBecause === undefined
  for (let i = 0; i < 5000 && isWaiting(); i++) {
    product(big)
    await nextTask()
  }
}

export async function train(threads: number | 'auto' | 'eager'): Promise<Training> {
  const { parameters, step } = perceptron(threads)
  const before = workerPool.sharedRuns
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    losses.push(step().item())
    await nextTask()
  }
  const report = step.explain?.().specialisations[0]
  return {
    hash: hashOf(parameters),
    losses,
    threads: report?.threads ?? 0,
    reason: report?.threadsReason ?? null,
    barriers: report?.barriers ?? 0,
    sharedRuns: workerPool.sharedRuns - before,
  }
}
