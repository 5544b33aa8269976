import { expect } from 'vitest'
import { assign, hybridize, manualSeed, tensor, type Tensor } from '../../src/index.ts'

/** What calls of a function that `make` makes do, eagerly and hybridized: results, prints, errors, and state afterwards. */
export function bothWays(
  make: (print: (line: unknown) => void) => { fn: (...args: Tensor[]) => unknown; state?: readonly Tensor[] },
  args: (call: number) => Tensor[],
  calls = 5,
): { eager: string[]; lazy: string[]; stats: { segments: number; segmentCalls: number; compiledCalls: number } } {
  const run = (isLazy: boolean) => {
    manualSeed(7)
    const lines: string[] = []
    const { fn, state = [] } = make((line) => lines.push(String(line)))
    const called = isLazy ? hybridize(fn) : fn
    for (let call = 0; call < calls; call++) {
      const before = state.map((each) => each.data())
      try {
        lines.push(`returned ${JSON.stringify(called(...args(call)))}`)
      } catch (error) {
        lines.push(`threw ${(error as Error).message.split(' In ')[0]}`)
        // A hybridized call that throws changes nothing.
        if (!isLazy) state.forEach((each, i) => assign(each, tensor(before[i]!, { shape: each.shape })))
      }
      for (const each of state) lines.push(JSON.stringify([each, each.grad]))
    }
    return { lines, stats: isLazy ? (called as unknown as ReturnType<typeof hybridize>).stats : undefined }
  }
  const [eager, lazy] = [run(false), run(true)]
  return { eager: eager.lines, lazy: lazy.lines, stats: lazy.stats! }
}

export function same(...given: Parameters<typeof bothWays>): ReturnType<typeof bothWays>['stats'] {
  const { eager, lazy, stats } = bothWays(...given)
  expect(lazy).toEqual(eager)
  return stats
}

export const ones = (): Tensor[] => [tensor([1, 2, 3])]
