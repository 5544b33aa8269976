import { workerScript, type WorkerMessage } from './worker-script.ts'

/** A thread of the engine that runs the worker script. It never keeps the process alive. */
export interface WorkerThread {
  post(message: WorkerMessage): void
  stop(): void
}

/** The part of a page's or of Node's interface that is used here. */
interface PageScope {
  readonly Worker?: new (url: string) => PageWorker
  readonly URL?: { createObjectURL(blob: unknown): string; revokeObjectURL(url: string): void }
  readonly Blob?: new (parts: readonly string[], options: { type: string }) => unknown
  readonly SharedArrayBuffer?: unknown
  readonly document?: unknown
  readonly navigator?: { readonly hardwareConcurrency?: number }
}
interface PageWorker {
  onerror: ((event: { message?: string }) => void) | null
  postMessage(message: WorkerMessage): void
  terminate(): void
}
interface NodeWorker {
  on(event: 'error' | 'exit', listener: (detail: unknown) => void): void
  postMessage(message: WorkerMessage): void
  terminate(): Promise<number>
  unref(): void
}
interface WorkerThreads {
  readonly Worker: new (code: string, options: { eval: true; execArgv: []; name: string }) => NodeWorker
}
interface OperatingSystem {
  availableParallelism(): number
}

const scope = globalThis as unknown as PageScope // pages, workers and Node have some of these
const isNode = (): boolean => typeof process === 'object' && typeof process.getBuiltinModule === 'function'
const builtin = <T>(name: string): T => process.getBuiltinModule(name as 'node:os') as T // callers name the interface they use

/** Why threads cannot be had here; undefined when they can. */
export function whyNoThreads(): string | undefined {
  if (scope.SharedArrayBuffer === undefined)
    return 'there is no shared memory here; a page must be cross-origin isolated'
  if (!isNode() && (!scope.Worker || !scope.Blob || !scope.URL)) return 'there are no workers here'
  return undefined
}

/** How many threads the machine runs at once. */
export const coreCount = (): number =>
  isNode() ? builtin<OperatingSystem>('node:os').availableParallelism() : (scope.navigator?.hardwareConcurrency ?? 1)

/** Whether this thread may sleep; the main thread of a page may not. */
export const mayBlock = (): boolean => scope.document === undefined

/** Starts a worker; `onLost` is called when it has died or is told to. */
export const startWorker = (name: string, onLost: (why: string) => void): WorkerThread =>
  isNode() ? startInNode(name, onLost) : startInPage(onLost)

function startInNode(name: string, onLost: (why: string) => void): WorkerThread {
  // Flags of the process may not suit a worker's script.
  const worker = new (builtin<WorkerThreads>('node:worker_threads').Worker)(workerScript, {
    eval: true,
    execArgv: [],
    name,
  })
  worker.unref()
  worker.on('error', (error) => onLost(error instanceof Error ? error.message : String(error)))
  worker.on('exit', () => onLost('it ended'))
  return watched(worker, (message) => worker.postMessage(message), onLost)
}

/** Its end is told by an event, in pages by none, but whoever stops it may call a compiled function before that. */
function watched<T>(
  worker: { terminate: () => T },
  post: WorkerThread['post'],
  onLost: (why: string) => void,
): WorkerThread {
  const terminate = worker.terminate.bind(worker)
  worker.terminate = () => {
    onLost('it was terminated')
    return terminate()
  }
  return { post, stop: () => void terminate() }
}

function startInPage(onLost: (why: string) => void): WorkerThread {
  const { Worker: PageWorkerClass, Blob: PageBlob, URL: PageUrl } = scope
  const url = PageUrl!.createObjectURL(new PageBlob!([workerScript], { type: 'text/javascript' }))
  const worker = new PageWorkerClass!(url)
  PageUrl!.revokeObjectURL(url)
  // An error without a message is one of loading.
  worker.onerror = ({ message }) => onLost(message ?? 'its script did not load; a page must allow worker-src blob:')
  return watched(worker, (message) => worker.postMessage(message), onLost)
}
