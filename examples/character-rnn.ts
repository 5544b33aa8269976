/**
 * A recurrent network reads the documentation of this project character by character, and then writes some of its own.
 * Run it: `npm run examples -- character-rnn`, or after `npm run build`: `node build/examples/character-rnn.mjs`.
 */
import { crossEntropy, hybridize, manualSeed, nn, noGrad, optim, rand, tensor, type Tensor } from 'gryph'
import { Characters, docsText, pieces } from './data/docs-text.ts'
import { lossPicture, runOf, stepComparison } from './gallery/learning.ts'
import { modes, type Example, type Mode } from './gallery/example.ts'
import { within } from './gallery/figure.ts'
import { runAlone } from './gallery/run-alone.ts'

interface Sizes {
  readonly hidden: number
  readonly batch: number
  readonly length: number
  readonly steps: number
}

class CharacterRnn extends nn.Module {
  readonly embedding: nn.Embedding
  readonly lstm: nn.Lstm
  readonly head: nn.Linear

  constructor(characters: number, hidden: number) {
    super()
    this.embedding = nn.embedding(characters, hidden / 2)
    this.lstm = nn.lstm(hidden / 2, hidden, { batchFirst: true })
    this.head = nn.linear(hidden, characters)
  }

  /** @param ids int32 [batch, time] @returns logits [batch, time, characters], and the state after the last one */
  forward(ids: Tensor, state?: nn.LstmState): readonly [Tensor, nn.LstmState] {
    const [output, last] = this.lstm.forward(this.embedding.forward(ids), state)
    return [this.head.forward(output), last]
  }
}

function makeTraining(characters: number, { hidden }: Sizes) {
  manualSeed(1)
  const net = new CharacterRnn(characters, hidden)
  const optimizer = optim.adam(net.parameters(), { lr: 4e-3 })
  const step = (ids: Tensor, next: Tensor): Tensor => {
    const loss = crossEntropy(net.forward(ids)[0], next)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { net, step }
}

/** Writes characters one by one, each drawn from what the network expects next. */
function write(net: CharacterRnn, characters: Characters, start: string, count: number): string {
  const next = hybridize((ids: Tensor, h: Tensor, c: Tensor) =>
    noGrad(() => {
      const [logits, [nextH, nextC]] = net.forward(ids, [h, c])
      // The largest of logits and Gumbel noise is a draw by their softmax (Gumbel, 1954).
      const noise = rand([1, characters.list.length]).log().neg().log().neg()
      return { id: logits.slice([null, -1]).div(0.7).add(noise).argmax(1).expandDims(1), h: nextH, c: nextC }
    }),
  )
  const ids = characters.encode(start)
  const { hiddenSize } = net.lstm
  const zero = tensor(new Float32Array(hiddenSize), { shape: [1, 1, hiddenSize] })
  let state = next(tensor(ids, { shape: [1, ids.length] }), zero, zero)
  const written: number[] = [...ids]
  for (let i = 0; i < count; i++) {
    written.push(state.id.item())
    state = next(state.id, state.h, state.c)
  }
  return characters.decode(written)
}

export const example: Example = {
  name: 'character-rnn',
  title: 'A character RNN',
  section: 'Networks',
  about:
    'An LSTM learns to say which character comes next in the documentation of this project. The steps along the text are one loop in the compiled program, and their gradient another. Then it writes: each character is drawn from what it expects.',
  async run(context) {
    const { isQuick } = context
    const sizes: Sizes = isQuick
      ? { hidden: 8, batch: 2, length: 6, steps: 2 }
      : { hidden: 128, batch: 16, length: 48, steps: 600 }
    const text = docsText()
    const characters = new Characters(text)
    const ids = characters.encode(text)
    const train = (mode: Mode, steps: number) => {
      const { net, step } = makeTraining(characters.list.length, sizes)
      return { net, ...runOf(mode.compile(step), pieces(ids, sizes.batch, sizes.length), sizes, steps) }
    }
    const both = await context.inBothModes((mode) => {
      const { net, ...run } = train(mode, isQuick ? sizes.steps : 8)
      return { ...run, parameters: net.stateDict() }
    }, 0)
    const comparisons = [stepComparison(both)]
    if (isQuick) return { figures: [], pictures: [], comparisons }
    const { net, losses, times } = train(modes.compiled, sizes.steps)
    const end = losses.slice(-50).reduce((sum, loss) => sum + loss, 0) / 50
    context.print(
      `${text.length} characters, ${characters.list.length} different ones; ${sizes.steps} steps in ${(times.reduce((sum, ms) => sum + ms, 0) / 1000).toFixed(1)} s\n`,
    )
    context.print(write(net, characters, 'A compiled function ', 400))
    return {
      figures: [within('mean loss of the last 50 steps, nats per character', end, [0.8, 2], 'property')],
      pictures: [lossPicture('A character RNN on this documentation', losses, characters.list.length)],
      comparisons,
    }
  },
}

await runAlone(example, import.meta.url)
