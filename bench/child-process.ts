import { fork, type ChildProcess } from 'node:child_process'
import type { BenchmarkCase, Run } from './benchmark-case.ts'
import { samplesOf, type Effort } from './measure.ts'

/** What a process of its own can be asked. It keeps the latest case that it prepared. */
export type Request =
  | { readonly kind: 'prepare'; readonly name: string }
  | { readonly kind: 'sample'; readonly effort: Effort }
  | { readonly kind: 'firstCall'; readonly name: string; readonly mode: 'eager' | 'compiled' }

export interface Answers {
  readonly prepare: ThreadUse
  readonly sample: readonly number[]
  readonly firstCall: FirstCall
}

/** How many threads a program takes when it may take all, and why no more. */
export interface ThreadUse {
  readonly threads: number
  readonly reason?: string | undefined
}

export interface FirstCall {
  readonly firstMs: number
  readonly secondMs: number
  /** The part of the first call that compiled the program, as `stats` has it. */
  readonly compileMs?: number | undefined
}

/** For timings that would change the ones here: threads move all memory to where they share it, and first calls are first only once. */
export class BenchProcess {
  readonly #child: ChildProcess = fork(process.argv[1]!, ['--child'])

  ask<K extends Request['kind']>(request: Extract<Request, { kind: K }>): Promise<Answers[K]> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the process of its own ended with code ${code}`))
      this.#child.once('exit', onExit)
      this.#child.once('message', (answer) => {
        this.#child.off('exit', onExit)
        resolve(answer as Answers[K]) // `serve` answers each kind so
      })
      this.#child.send(request)
    })
  }

  end(): void {
    if (this.#child.connected) this.#child.disconnect()
  }
}

/** The other side: answers requests until the parent has gone. */
export function serve(cases: readonly BenchmarkCase[]): void {
  const caseOf = (name: string): BenchmarkCase => cases.find((each) => each.name === name)!
  let run: Run = () => {}
  const answer = (request: Request): Answers[Request['kind']] => {
    switch (request.kind) {
      case 'prepare': {
        const made = caseOf(request.name).compiled!({ threads: 'auto' })
        run = made.run
        callFor(300, run)
        const [program] = made.fast.explain().specialisations
        const { threads = 1, threadsReason } = program ?? {}
        return threadsReason === undefined ? { threads } : { threads: 1, reason: threadsReason }
      }
      case 'sample':
        return samplesOf(run, request.effort)
      case 'firstCall':
        return firstCall(caseOf(request.name), request.mode)
    }
  }
  process.on('message', (request) => process.send!(answer(request as Request))) // the parent sends nothing else
}

/** Calls until so much time has passed: workers start meanwhile, and load the program. */
function callFor(ms: number, run: Run): void {
  const end = performance.now() + ms
  do run()
  while (performance.now() < end)
}

function firstCall({ eager, compiled }: BenchmarkCase, mode: 'eager' | 'compiled'): FirstCall {
  const made = mode === 'compiled' ? compiled!({}) : undefined
  const run = made ? made.run : eager!()
  const start = performance.now()
  run()
  const between = performance.now()
  run()
  const end = performance.now()
  return { firstMs: between - start, secondMs: end - between, compileMs: made?.fast.stats.compileMs }
}
