import { modes, type BothModes, type Context, type Mode } from './example.ts'
import { differences } from './same-bits.ts'

/** Enough to see a time once everything is compiled. */
const defaultRepeats = 5

/** A context that collects what is printed. */
export function makeContext(options: {
  isQuick?: boolean
  args?: readonly string[]
  print?: (text: string) => void
}): Context {
  const { isQuick = false, args = [], print = () => {} } = options
  return {
    isQuick,
    args,
    print,
    inBothModes: (compute, repeats = isQuick ? 0 : defaultRepeats) => inBothModes(compute, repeats),
  }
}

async function inBothModes<T>(compute: (mode: Mode) => T | Promise<T>, repeats: number): Promise<BothModes<T>> {
  const first = { eager: await timed(compute, modes.eager), compiled: await timed(compute, modes.compiled) }
  let [eagerMs, compiledMs] = [Infinity, Infinity]
  for (let i = 0; i < repeats; i++) {
    eagerMs = Math.min(eagerMs, (await timed(compute, modes.eager)).ms)
    compiledMs = Math.min(compiledMs, (await timed(compute, modes.compiled)).ms)
  }
  return {
    eager: first.eager.result,
    compiled: first.compiled.result,
    comparison: {
      eagerFirstMs: first.eager.ms,
      compiledFirstMs: first.compiled.ms,
      ...(repeats > 0 ? { eagerMs, compiledMs } : {}),
      different: differences(first.eager.result, first.compiled.result),
    },
  }
}

async function timed<T>(compute: (mode: Mode) => T | Promise<T>, mode: Mode): Promise<{ result: T; ms: number }> {
  const start = performance.now()
  const result = await compute(mode)
  return { result, ms: performance.now() - start }
}
