/** `gryph` compiles its programs; `gryph-eager` runs the same functions op by op; `gryph-exported` calls what `exportModule` writes for them. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { labels, uniform, weight } from '../data.mjs'

// What Node gets from the package. Another build can stand in, to compare two.
const entry = process.env.GRYPH_ENTRY ?? '../../../dist/gryph-node.js'
const gryph = await import(entry)
const { configure, grad, hybridize, matmul, nn, noGrad, optim, softmax, tensor } = gryph
configure({ relaxedSimd: 'enable' })

const parameter = (seed, shape) => nn.parameter(weight(seed, shape), { shape })
const zeros = (shape) => nn.parameter(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape })
const ones = (n) => nn.parameter(new Float32Array(n).fill(1))
const constant = (seed, shape, scale) =>
  tensor(
    uniform(
      seed,
      shape.reduce((a, b) => a * b, 1),
      scale,
    ),
    { shape },
  )

/** The first call is recorded and compiled, the second finds it compiled. */
const program = (peer, fn, args, rest = {}) => {
  if (peer === 'gryph-eager') return { run: () => fn(...args), ...rest }
  const compiled = hybridize(fn)
  return { run: () => compiled(...args), compiledFrom: 2, compileMs: () => compiled.stats.compileMs, ...rest }
}

/** A function of one array, `x`, without gradients, whose result is read. */
async function inference(peer, forward, x) {
  const read = (values) => [values]
  const predict = (image) => noGrad(() => forward(image))
  if (peer !== 'gryph-exported') {
    const { run, ...rest } = program(peer, predict, [x])
    return { run: () => run().data(), ...rest, read }
  }
  const { exportModule } = await import(entry.replace(/\.js$/, '-export.js'))
  const outDir = mkdtempSync(join(tmpdir(), 'gryph-exported-'))
  const files = await exportModule(hybridize(predict), { name: 'predict', outDir, inputs: { image: x } })
  const { load } = await import(files[0])
  const exported = await load()
  const inputs = { image: x.data() }
  return { run: () => exported(inputs), read }
}
const readAll = { read: (result) => [result].flat().map((each) => each.data()) }

function training(peer, { optimizer, lr }, parameters, lossOf, inputs) {
  const updater = optim[optimizer](parameters, { lr })
  const trainStep = (...args) => {
    const loss = lossOf(...args)
    loss.backward()
    updater.step()
    return loss
  }
  const { run, ...rest } = program(peer, trainStep, inputs)
  return { run: () => run().item(), ...rest }
}

const layersOf = (sizes) =>
  sizes.slice(1).map((n, i) => ({ weight: parameter(10 + i, [sizes[i], n]), bias: zeros([n]) }))
const perceptron = (layers, x) =>
  layers.reduce((h, layer, i) => {
    const out = h.matmul(layer.weight).add(layer.bias)
    return i < layers.length - 1 ? out.relu() : out
  }, x)

function leNet() {
  const filters = [
    [6, 1, 5, 5],
    [16, 6, 5, 5],
  ].map((shape, i) => ({
    weight: nn.parameter(
      uniform(
        10 + i,
        shape.reduce((a, b) => a * b),
        1 / Math.sqrt(25 * shape[1]),
      ),
      { shape },
    ),
    bias: zeros([shape[0]]),
  }))
  const sizes = [400, 120, 84, 10]
  const layers = sizes.slice(1).map((n, i) => ({ weight: parameter(20 + i, [sizes[i], n]), bias: zeros([n]) }))
  const forward = (x) => {
    const [first, second] = filters
    const h1 = gryph.maxPool2d(gryph.conv2d(x, first.weight, first.bias, { padding: 2 }).relu(), 2)
    const h2 = gryph.maxPool2d(gryph.conv2d(h1, second.weight, second.bias).relu(), 2)
    return perceptron(layers, h2.reshape([x.shape[0], 400]))
  }
  return { forward, parameters: [...filters, ...layers].flatMap((layer) => [layer.weight, layer.bias]) }
}

const layerNorm = (x, scale, shift) => {
  const centred = x.sub(x.mean(-1, true))
  const deviation = centred.square().mean(-1, true).add(1e-5).sqrt()
  return centred.div(deviation).mul(scale).add(shift)
}
const elementwise = (a, b, c) => a.mul(b).add(c).tanh().mul(a.sub(c).sigmoid()).add(b.square().neg().exp())

export const programs = {
  linearRegression(spec, peer) {
    const { rows, features } = spec
    const [w, b] = [parameter(10, [features, 1]), zeros([1])]
    const lossOf = (x, y) => nn.mse(x.matmul(w).add(b), y)
    return training(peer, spec, [w, b], lossOf, [constant(1, [rows, features]), constant(2, [rows, 1])])
  },
  perceptron(spec, peer) {
    const { sizes, batch } = spec
    const layers = layersOf(sizes)
    const lossOf = (x, y) => nn.crossEntropy(perceptron(layers, x), y)
    const parameters = layers.flatMap((layer) => [layer.weight, layer.bias])
    return training(peer, spec, parameters, lossOf, [
      constant(1, [batch, sizes[0]]),
      tensor(labels(2, batch, sizes.at(-1))),
    ])
  },
  ...(gryph.conv2d &&
    gryph.maxPool2d && {
      leNet(spec, peer) {
        const { batch } = spec
        const { forward, parameters } = leNet()
        return training(peer, spec, parameters, (x, y) => nn.crossEntropy(forward(x), y), [
          constant(1, [batch, 1, 28, 28]),
          tensor(labels(2, batch, 10)),
        ])
      },
      leNetInference: ({ batch }, peer) => inference(peer, leNet().forward, constant(1, [batch, 1, 28, 28])),
    }),
  matmul: ({ n }, peer) => program(peer, (a, b) => matmul(a, b), [constant(1, [n, n]), constant(2, [n, n])], readAll),
  elementwise: ({ count }, peer) =>
    program(
      peer,
      elementwise,
      [1, 2, 3].map((seed) => constant(seed, [count])),
      readAll,
    ),
  elementwiseGradient: ({ count }, peer) =>
    program(
      peer,
      grad((a, b, c) => elementwise(a, b, c).sum(), { argnums: [0, 1, 2] }),
      [1, 2, 3].map((seed) => constant(seed, [count])),
      readAll,
    ),
  softmax: ({ rows, columns }, peer) =>
    program(peer, (x) => softmax(x, -1), [constant(1, [rows, columns], 4)], readAll),
  layerNorm({ rows, columns }, peer) {
    const lossOf = (x, scale, shift, dy) => layerNorm(x, scale, shift).mul(dy).sum()
    const args = [
      constant(1, [rows, columns]),
      constant(2, [columns]),
      constant(3, [columns]),
      constant(4, [rows, columns]),
    ]
    return program(peer, grad(lossOf, { argnums: [0, 1, 2] }), args, readAll)
  },
  lstm(spec, peer) {
    const { time, batch, input, hidden } = spec
    const [wx, wh, b] = [parameter(10, [input, 4 * hidden]), parameter(11, [hidden, 4 * hidden]), zeros([4 * hidden])]
    const lossOf = (x, start, target) => {
      const projected = x.matmul(wx).add(b)
      let [h, c] = [start, start]
      for (let t = 0; t < time; t++) {
        const gates = projected.slice([t]).add(h.matmul(wh))
        const gate = (i) => gates.slice([null, [i * hidden, (i + 1) * hidden]])
        c = gate(1)
          .sigmoid()
          .mul(c)
          .add(gate(0).sigmoid().mul(gate(2).tanh()))
        h = gate(3).sigmoid().mul(c.tanh())
      }
      return nn.mse(h, target)
    }
    const start = tensor(new Float32Array(batch * hidden), { shape: [batch, hidden] })
    return training(peer, spec, [wx, wh, b], lossOf, [
      constant(1, [time, batch, input]),
      start,
      constant(2, [batch, hidden]),
    ])
  },
  transformer(spec, peer) {
    const { model, heads, time, batch, feedForward } = spec
    const size = model / heads
    const linear = (seed, from, to) => ({ weight: parameter(seed, [from, to]), bias: zeros([to]) })
    const norm = () => ({ scale: ones(model), shift: zeros([model]) })
    const apply = ({ weight: w, bias }, x) => x.matmul(w).add(bias)
    const [qkv, out, up, down] = [
      linear(10, model, 3 * model),
      linear(11, model, model),
      linear(12, model, feedForward),
      linear(13, feedForward, model),
    ]
    const [norm1, norm2] = [norm(), norm()]
    const lossOf = (x, target) => {
      const projected = apply(qkv, layerNorm(x, norm1.scale, norm1.shift))
        .reshape([batch, time, 3, heads, size])
        .permute([2, 0, 3, 1, 4])
      const [q, k, v] = [0, 1, 2].map((i) => projected.slice([i]))
      const weights = softmax(q.matmul(k.transpose(-1, -2)).mul(1 / Math.sqrt(size)), -1)
      const attended = weights.matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, model])
      const h = x.add(apply(out, attended))
      return nn.mse(h.add(apply(down, apply(up, layerNorm(h, norm2.scale, norm2.shift)).relu())), target)
    }
    const parameters = [qkv, out, up, down, norm1, norm2].flatMap((part) => Object.values(part))
    return training(peer, spec, parameters, lossOf, [
      constant(1, [batch, time, model]),
      constant(2, [batch, time, model]),
    ])
  },
  inference({ sizes }, peer) {
    const layers = layersOf(sizes)
    return inference(peer, (x) => perceptron(layers, x), constant(1, [1, sizes[0]]))
  },
  smallAdd: (spec, peer) => program(peer, (a, b) => a.add(b), [constant(1, [4]), constant(2, [4])], readAll),
  chainedAdds({ adds }, peer) {
    const chain = (a, b) => {
      for (let i = 0; i < adds; i++) a = a.add(b)
      return a
    }
    return program(peer, chain, [constant(1, [4]), constant(2, [4])], readAll)
  },
}

/** GFLOP/s that one core reaches at most, with fused multiply-adds where the engine has them. */
export async function measurePeak(seconds) {
  const { measurePeak: measure } = await import('../../out/peak.mjs')
  const { fused, mulAdd } = measure(seconds)
  return fused ?? mulAdd
}
