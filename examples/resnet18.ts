/**
 * ResNet-18 on small images: how long a deep network takes to compile, and how fast its training step is then.
 * Run it: `npm run examples -- resnet18`, or after `npm run build`: `node build/examples/resnet18.mjs`.
 */
import { crossEntropy, hybridize, manualSeed, nn, optim, randint, randn, type Tensor } from 'gryph'
import type { Example, Mode } from './gallery/example.ts'
import { within } from './gallery/figure.ts'
import { runAlone } from './gallery/run-alone.ts'

/** Two convolutions whose result is added to what they were made of (He et al., 2015, figure 2). */
class BasicBlock extends nn.Module {
  readonly conv1: nn.Conv2d
  readonly bn1: nn.BatchNorm2d
  readonly conv2: nn.Conv2d
  readonly bn2: nn.BatchNorm2d
  readonly downsample: nn.Layer | null

  constructor(inChannels: number, outChannels: number, stride: number) {
    super()
    this.conv1 = nn.conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false })
    this.bn1 = nn.batchNorm2d(outChannels)
    this.conv2 = nn.conv2d(outChannels, outChannels, 3, { padding: 1, bias: false })
    this.bn2 = nn.batchNorm2d(outChannels)
    const isSame = stride === 1 && inChannels === outChannels
    this.downsample = isSame
      ? null
      : nn.sequential(nn.conv2d(inChannels, outChannels, 1, { stride, bias: false }), nn.batchNorm2d(outChannels))
  }

  forward(x: Tensor): Tensor {
    const inner = this.bn1.forward(this.conv1.forward(x)).relu()
    const outer = this.bn2.forward(this.conv2.forward(inner))
    return outer.add(this.downsample ? this.downsample.forward(x) : x).relu()
  }
}

/** ResNet-18, if there are four factors, with the first layers for images of 32 × 32: a window of 3 × 3 and no pooling. */
function resNet18(width: number, factors: readonly number[]): nn.Layer {
  const stages = factors.flatMap((factor, stage) => {
    const before = stage === 0 ? width : width * factors[stage - 1]!
    const stride = stage === 0 ? 1 : 2
    return [new BasicBlock(before, width * factor, stride), new BasicBlock(width * factor, width * factor, 1)]
  })
  return nn.sequential(
    nn.conv2d(3, width, 3, { padding: 1, bias: false }),
    nn.batchNorm2d(width),
    nn.relu(),
    ...stages,
    nn.adaptiveAvgPool2d(1),
    nn.flatten(),
    nn.linear(factors.at(-1)! * width, 10),
  )
}

function makeTraining(width: number, size: number, batch: number, factors: readonly number[] = [1, 2, 4, 8]) {
  manualSeed(1)
  const net = resNet18(width, factors)
  const optimizer = optim.sgd(net.parameters(), { lr: 0.02, momentum: 0.9, weightDecay: 5e-4 })
  const step = (images: Tensor, labels: Tensor): Tensor => {
    const loss = crossEntropy(net.forward(images), labels)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { net, step, images: randn([batch, 3, size, size]), labels: randint(0, 10, [batch]) }
}

function steps(mode: Mode, width: number, size: number, factors?: readonly number[]) {
  const { net, step, images, labels } = makeTraining(width, size, 2, factors)
  const run = mode.compile(step)
  return { losses: Array.from({ length: 2 }, () => run(images, labels).item()), state: net.stateDict() }
}

export const example: Example = {
  name: 'resnet18',
  title: 'ResNet-18 on small images',
  section: 'Networks',
  about:
    'Eighteen layers with weights, eight sums past them, and batch normalizations with state: the forward pass, the gradients and the update of momentum are one program. It learns four random images of 32 × 32 by heart.',
  async run(context) {
    const { isQuick } = context
    const [width, size] = isQuick ? [2, 8] : [8, 32]
    const { comparison } = await context.inBothModes((mode) => steps(mode, width, size, isQuick ? [2] : undefined), 0)
    const comparisons = [{ ...comparison, label: `2 steps of width ${width} on ${size} × ${size}` }]
    if (isQuick) return { figures: [], pictures: [], comparisons }
    const { net, step, images, labels } = makeTraining(64, 32, 4)
    const fast = hybridize(step)
    const losses: number[] = []
    const times: number[] = []
    for (let i = 0; i < 8; i++) {
      const start = performance.now()
      losses.push(fast(images, labels).item())
      times.push(performance.now() - start)
    }
    const [report] = fast.explain().specialisations
    const parameters = net.parameters().reduce((sum, parameter) => sum + parameter.size, 0)
    context.print(
      [
        `width 64, batch 4: ${parameters.toLocaleString('en-US')} parameters, ${report!.kernels.length} kernels`,
        `compiled in ${(fast.stats.compileMs / 1000).toFixed(2)} s; first call ${(times[0]! / 1000).toFixed(2)} s, a step then ${Math.min(...times.slice(1)).toFixed(0)} ms`,
        `losses ${losses.map((loss) => loss.toFixed(3)).join(' ')}`,
      ].join('\n'),
    )
    return {
      figures: [
        within('loss after 8 steps, of that before', losses.at(-1)! / losses[0]!, [0, 0.5], 'property'),
        within('parameters, without those of the first layers', parameters, [11_000_000, 11_200_000], 'property'),
      ],
      pictures: [],
      comparisons,
    }
  },
}

await runAlone(example, import.meta.url)
