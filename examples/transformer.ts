/**
 * A small transformer language model on the documentation of this project.
 * Run it: `npm run examples -- transformer`, or after `npm run build`: `node build/examples/transformer.mjs`.
 */
import { arange, crossEntropy, hybridize, manualSeed, nn, noGrad, optim, rand, tensor, type Tensor } from 'gryph'
import { Characters, docsText, pieces } from './data/docs-text.ts'
import { modes, type Example, type Mode } from './gallery/example.ts'
import { within } from './gallery/figure.ts'
import { runAlone } from './gallery/run-alone.ts'
import { lossPicture, runOf, stepComparison } from './gallery/learning.ts'

interface Sizes {
  readonly features: number
  readonly heads: number
  readonly layers: number
  readonly batch: number
  readonly length: number
  readonly steps: number
}

/** A decoder: encoder layers that look back only, between an embedding with places and a linear map. */
class LanguageModel extends nn.Module {
  readonly embedding: nn.Embedding
  readonly places: nn.Embedding
  readonly layers: nn.ModuleList<nn.TransformerEncoderLayer>
  readonly norm: nn.LayerNorm
  readonly head: nn.Linear

  constructor(characters: number, { features, heads, layers, length }: Sizes) {
    super()
    this.embedding = nn.embedding(characters, features)
    this.places = nn.embedding(length, features)
    for (const { weight } of [this.embedding, this.places]) nn.init.normal(weight, 0, 0.1)
    const options = {
      dimFeedforward: 4 * features,
      dropout: 0.05,
      activation: 'gelu',
      batchFirst: true,
      normFirst: true,
    } as const
    this.layers = nn.moduleList(
      Array.from({ length: layers }, () => nn.transformerEncoderLayer(features, heads, options)),
    )
    this.norm = nn.layerNorm(features)
    this.head = nn.linear(features, characters)
  }

  /** @param ids int32 [batch, time] @returns logits [batch, time, characters] */
  forward(ids: Tensor): Tensor {
    let x = this.embedding.forward(ids).add(this.places.forward(arange(ids.shape[1]!)))
    for (const layer of this.layers) x = layer.forward(x, { isCausal: true })
    return this.head.forward(this.norm.forward(x))
  }
}

function makeTraining(characters: number, sizes: Sizes) {
  manualSeed(1)
  const net = new LanguageModel(characters, sizes)
  const optimizer = optim.adam(net.parameters(), { lr: 4e-3 })
  const step = (ids: Tensor, next: Tensor): Tensor => {
    const loss = crossEntropy(net.forward(ids), next)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { net, step }
}

/** Writes on after a text that fills the window. */
function write(net: LanguageModel, characters: Characters, start: string, count: number): string {
  net.eval()
  const next = hybridize((ids: Tensor) =>
    noGrad(() => {
      const logits = net.forward(ids).slice([0, -1])
      // The largest of logits and Gumbel noise is a draw by their softmax (Gumbel, 1954).
      return logits.div(0.7).add(rand(logits.shape).log().neg().log().neg()).argmax()
    }),
  )
  const written = [...characters.encode(start)]
  const shape = [1, start.length]
  for (let i = 0; i < count; i++)
    written.push(next(tensor(Int32Array.from(written.slice(-start.length)), { shape })).item())
  return characters.decode(written)
}

export const example: Example = {
  name: 'transformer',
  title: 'A transformer language model',
  section: 'Networks',
  about:
    'Two layers of attention that look back only learn which character comes next in the documentation of this project, with dropout, layer normalization and Adam in one compiled program. Then the model writes on after a beginning of the text.',
  async run(context) {
    const { isQuick } = context
    const sizes: Sizes = isQuick
      ? { features: 8, heads: 2, layers: 1, batch: 2, length: 6, steps: 2 }
      : { features: 64, heads: 4, layers: 2, batch: 16, length: 64, steps: 600 }
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
    const { parameters } = nn.summary(net, [1, sizes.length], { dtype: 'int32' })
    context.print(
      `${parameters} parameters; ${sizes.steps} steps in ${(times.reduce((sum, ms) => sum + ms, 0) / 1000).toFixed(1)} s\n`,
    )
    context.print(write(net, characters, text.slice(0, sizes.length), 300))
    return {
      figures: [within('mean loss of the last 50 steps, nats per character', end, [0.8, 2.1], 'property')],
      pictures: [lossPicture('A transformer on this documentation', losses, characters.list.length)],
      comparisons,
    }
  },
}

await runAlone(example, import.meta.url)
