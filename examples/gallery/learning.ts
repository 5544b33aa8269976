import * as Plot from '@observablehq/plot'
import { tensor, type Tensor } from 'gryph'
import type { BothModes, ModeComparison, Picture } from './example.ts'
import { picture } from './picture.ts'
import { colour, muted } from './style.ts'

/** Takes steps on batches of a text. @returns the loss and the time of each, in ms */
export function runOf(
  step: (ids: Tensor, next: Tensor) => Tensor,
  batches: Iterator<[Int32Array, Int32Array], never>,
  { batch, length }: { readonly batch: number; readonly length: number },
  steps: number,
): { losses: number[]; times: number[] } {
  const shape = [batch, length]
  const times: number[] = []
  const losses = Array.from({ length: steps }, () => {
    const [ids, next] = batches.next().value
    const start = performance.now()
    const loss = step(tensor(ids, { shape }), tensor(next, { shape })).item()
    times.push(performance.now() - start)
    return loss
  })
  return { losses, times }
}

/** The best time of a step in both modes. */
export const stepComparison = ({
  eager,
  compiled,
  comparison,
}: BothModes<{ readonly times: readonly number[] }>): ModeComparison => ({
  label: 'a training step',
  eagerMs: Math.min(...eager.times),
  compiledMs: Math.min(...compiled.times),
  different: comparison.different,
})

/** Losses of steps, and what knowing nothing costs. */
export function lossPicture(title: string, losses: readonly number[], characters: number): Picture {
  const points = losses.map((loss, i) => [i + 1, loss] as const)
  return picture({
    title,
    subtitle: `Cross-entropy of the next character; ln ${characters} is what knowing nothing costs`,
    panels: [
      {
        plot: {
          x: { label: 'step' },
          y: { label: 'loss, nats per character', grid: true, domain: [0, Math.log(characters) * 1.05] },
          marks: [
            Plot.ruleY([Math.log(characters)], { stroke: muted, strokeDasharray: '4 3' }),
            Plot.line(points, { x: '0', y: '1', stroke: colour(0), strokeOpacity: 0.3 }),
            Plot.line(
              points,
              Plot.windowY({ k: 15, anchor: 'middle' }, { x: '0', y: '1', stroke: colour(0), strokeWidth: 2 }),
            ),
          ],
        },
      },
    ],
  })
}
