import { workerPool } from '../../../src/runtime/worker-pool.ts'
import { hashOf, perceptron, startWorkers, train, type Training } from './training.ts'

/** What a page, or a worker of its own, found out. */
export interface PageReport {
  readonly isolated: boolean
  readonly mayBlock: boolean
  readonly eager: Training
  readonly alone: Training
  /** Workers started before a program for several threads was run. */
  readonly workersOfOne: number
  readonly two: Training
  readonly auto: Training
  readonly lost: Loss | null
}

interface Loss {
  readonly code: string
  /** Of the state before the call that failed, and after it. */
  readonly before: string
  readonly after: string
  /** Whether later calls had workers again. */
  readonly recovered: boolean
}

interface PageWorker {
  terminate(): void
}
type WorkerClass = new (url: string, options?: object) => PageWorker
/** The parts of a page's global scope that are used here; Node's types do not have them. */
const scope = globalThis as unknown as {
  Worker: WorkerClass
  crossOriginIsolated: boolean
  document?: unknown
  location: { href: string; pathname: string }
}

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** Ends the latest worker behind the pool's back, and calls a program that needs it. */
async function lose(started: readonly PageWorker[]): Promise<Loss> {
  const { parameters, step } = perceptron(2)
  const share = async (): Promise<boolean> => {
    const before = workerPool.sharedRuns
    for (let i = 0; i < 2000 && workerPool.sharedRuns === before; i++) {
      step()
      await nextTask()
    }
    return workerPool.sharedRuns > before
  }
  await share()
  started.at(-1)!.terminate()
  const before = hashOf(parameters)
  let code = 'none'
  try {
    step()
  } catch (error) {
    code = String((error as { code?: unknown }).code) // gryph's errors have one
  }
  const after = hashOf(parameters)
  return { code, before, after, recovered: await share() }
}

async function report(): Promise<PageReport> {
  const started: PageWorker[] = []
  const { Worker: Original } = scope
  scope.Worker = class extends Original {
    constructor(url: string, options?: object) {
      super(url, options)
      started.push(this)
    }
  }
  const [eager, alone] = [await train('eager'), await train(1)]
  const workersOfOne = started.length
  const isolated = scope.crossOriginIsolated
  if (isolated) await startWorkers(2)
  const [two, auto] = [await train(2), await train('auto')]
  const lost = two.sharedRuns > 0 ? await lose(started) : null
  return { isolated, mayBlock: scope.document === undefined, eager, alone, workersOfOne, two, auto, lost }
}

const send = (name: string, body: unknown): Promise<unknown> =>
  fetch(new URL(`/report/${name}`, scope.location.href), { method: 'POST', body: JSON.stringify(body) })

try {
  const { pathname, href } = scope.location
  await send(scope.document === undefined ? 'worker' : pathname.slice(1), await report())
  // The same in a worker of the page, which has workers of its own.
  if (pathname === '/isolated') new scope.Worker(new URL('/page.mjs', href).href, { type: 'module' })
} catch (error) {
  await send('error', String((error as Error).stack)) // whatever was thrown, its text helps
}
