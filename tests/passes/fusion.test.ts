import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import {
  crossEntropy,
  exp,
  matmul,
  noGrad,
  ones,
  rand,
  relu,
  tensor,
  valueAndGrad,
  variable,
  where,
  zeros,
  type Tensor,
} from '../../src/index.ts'
import { outputsOf, type Graph, type GraphValue } from '../../src/ir/graph.ts'
import { locate, type Location } from '../../src/ir/materialize.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { materializeOutputs } from '../../src/passes/materialize-outputs.ts'
import { fuse } from '../../src/passes/fusion.ts'
import { matchesGolden } from '../golden.ts'
import { randomGraph } from '../ir/random-graph.ts'
import { groupFaults, groupsText } from './group-text.ts'

/** What a hybridized call records. */
function traced(fn: (...args: Tensor[]) => unknown, ...args: Tensor[]): Graph {
  const recorded = recordCall((...given) => fn(...(given as Tensor[])), 'fn', args, templateOf(args, false), true) // stand-ins for the arguments
  if (!('recording' in recorded)) throw new Error('the function reads values')
  return recorded.recording.graph
}

/** Optimized graph, then groups. */
function goldenOf(graph: Graph, name: string): void {
  const { optimized } = compileGraph(graph, { target: 'wasm' })
  matchesGolden(`${printGraph(optimized)}\n${groupsText(graph)}`, `passes/fusion/${name}.txt`)
}

const parameters = (...shapes: number[][]): Tensor[] =>
  shapes.map((shape) => variable(zeros(shape), { requiresGrad: true }))

describe('groups of typical programs', () => {
  test('softmax cross-entropy and its gradient', () => {
    const loss = (logits: Tensor, labels: Tensor): Tensor => crossEntropy(logits, labels)
    goldenOf(
      traced((logits, labels) => valueAndGrad(loss)(logits!, labels!), ones([32, 10]), zeros([32], { dtype: 'int32' })),
      'cross-entropy',
    )
  })

  test('a dense layer with a step of gradient descent: the update ends the contraction of the weight gradient, in place', () => {
    const [w, b] = parameters([20, 12], [12]) as [Tensor, Tensor] // as many as shapes
    const step = (x: Tensor, y: Tensor): Tensor => {
      const loss = relu(matmul(x, w).add(b)).sub(y).square().mean()
      loss.backward()
      noGrad(() => {
        for (const parameter of [w, b]) {
          parameter.assign(parameter.sub(parameter.grad!.mul(0.1)))
          parameter.grad = null
        }
      })
      return loss
    }
    goldenOf(traced(step as (...args: Tensor[]) => Tensor, ones([16, 20]), ones([16, 12])), 'dense-layer-descent')
  })

  test('an Adam update is one kernel that replaces three states in place', () => {
    const [w, m, v] = parameters([64], [64], [64]) as [Tensor, Tensor, Tensor] // as many as shapes
    const step = (gradient: Tensor, rate: Tensor): void =>
      noGrad(() => {
        m.assign(m.mul(0.9).add(gradient.mul(0.1)))
        v.assign(v.mul(0.999).add(gradient.square().mul(0.001)))
        w.assign(w.sub(m.div(v.sqrt().add(1e-8)).mul(rate)))
      })
    goldenOf(traced(step as (...args: Tensor[]) => void, ones([64]), tensor(0.1)), 'adam')
  })

  test('normalized bytes under a mask go in front of both products that read them', () => {
    const graph = parseGraph(`graph(%x: u8[64, 32], %mask: bool[64, 16], %g: f32[64, 16], %w: f32[32, 16]) {
  %0 = cast(%x) {dtype: "float32"} : f32[64, 32]
  %1 = constant(0.00390625) : f32[]
  %2 = mul(%0, %1) : f32[64, 32]
  %3 = matmul(%2, %w) : f32[64, 16]
  %4 = constant(0) : f32[]
  %5 = where(%mask, %g, %4) : f32[64, 16]
  %6 = permute(%2) {axes: [1, 0]} : f32[32, 64]
  %7 = matmul(%6, %5) : f32[32, 16]
  return %3, %7
}`)
    goldenOf(graph, 'bytes-and-masks')
  })

  test('a sum of products grows from kernel to kernel', () => {
    const graph = parseGraph(`graph(%x: f32[8, 8], %y: f32[8, 8], %z: f32[8, 8]) {
  %0 = matmul(%x, %y) : f32[8, 8]
  %1 = matmul(%y, %z) : f32[8, 8]
  %2 = add(%0, %1) : f32[8, 8]
  %3 = matmul(%z, %x) : f32[8, 8]
  %4 = add(%2, %3) : f32[8, 8]
  return %4
}`)
    expect(opsOf(graph)).toEqual([['matmul'], ['matmul', 'add'], ['matmul', 'add']])
  })

  const masked = (after: string): Graph =>
    parseGraph(`graph(%x: f32[8, 8], %w: f32[8, 8]) {
  %zero = constant(0) : f32[]
  %one = constant(1) : f32[]
  %0 = matmul(%x, %w) : f32[8, 8]
  %1 = relu(%0) : f32[8, 8]
  %2 = greater(%1, %zero) : bool[8, 8]
  %3 = matmul(%1, %w) : f32[8, 8]
  %4 = matmul(%3, %w) : f32[8, 8]
  %5 = where(%2, %4, %zero) : f32[8, 8]
  ${after}
}`)

  test('a comparison is made where it is used, if what it compares is read later anyway', () => {
    const graph = masked('%6 = matmul(%1, %5) : f32[8, 8]\n  return %6')
    expect(faultsOf(graph)).toEqual([])
    expect(opsOf(graph)).toEqual([['matmul', 'relu'], ['matmul'], ['matmul', 'greater', 'where'], ['matmul']])
  })

  test('a comparison is stored, if what it compares is not needed any more', () => {
    expect(opsOf(masked('return %5'))).toEqual([['matmul', 'relu', 'greater'], ['matmul'], ['matmul', 'where']])
  })

  test('a comparison with several users in one kernel goes there, with users in two it is stored', () => {
    const one = masked('%6 = where(%2, %5, %one) : f32[8, 8]\n  %7 = matmul(%1, %6) : f32[8, 8]\n  return %7')
    expect(faultsOf(one)).toEqual([])
    expect(opsOf(one)[0]).toEqual(['matmul', 'relu'])
    const two = masked(
      '%6 = matmul(%5, %w) : f32[8, 8]\n  %7 = where(%2, %6, %one) : f32[8, 8]\n  %8 = matmul(%1, %7) : f32[8, 8]\n  return %8',
    )
    expect(opsOf(two)[0]).toEqual(['matmul', 'relu', 'greater'])
  })

  test('an elementwise diamond is one kernel', () => {
    const graph = parseGraph(`graph(%x: f32[100], %y: f32[100]) {
  %0 = exp(%x) : f32[100]
  %1 = add(%0, %y) : f32[100]
  %2 = mul(%0, %x) : f32[100]
  %3 = sub(%1, %2) : f32[100]
  return %3
}`)
    expect(compileGraph(graph, { target: 'wasm' }).plan.groups).toHaveLength(1)
  })
})

describe('kernels never wait for themselves', () => {
  test('a value read directly and through a reduction of it', () => {
    const graph = parseGraph(`graph(%x: f32[8, 16]) {
  %0 = exp(%x) : f32[8, 16]
  %1 = sum(%0) {axes: [1], keepDims: true} : f32[8, 1]
  %2 = div(%0, %1) : f32[8, 16]
  return %2
}`)
    expect(faultsOf(graph)).toEqual([])
    expect(opsOf(graph)).toEqual([['exp', 'sum', 'div']])
  })

  test('two chains that meet through each other’s reductions', () => {
    const graph = parseGraph(`graph(%x: f32[16], %y: f32[16]) {
  %0 = exp(%x) : f32[16]
  %1 = log(%y) : f32[16]
  %2 = sum(%0) {axes: [0], keepDims: false} : f32[]
  %3 = sum(%1) {axes: [0], keepDims: false} : f32[]
  %4 = mul(%1, %2) : f32[16]
  %5 = mul(%0, %3) : f32[16]
  %6 = add(%4, %5) : f32[16]
  return %6
}`)
    expect(faultsOf(graph)).toEqual([])
  })

  test('a pointwise chain around a contraction', () => {
    const graph = parseGraph(`graph(%x: f32[8, 8], %w: f32[8, 8]) {
  %0 = relu(%x) : f32[8, 8]
  %1 = matmul(%0, %w) : f32[8, 8]
  %2 = add(%0, %1) : f32[8, 8]
  %3 = neg(%0) : f32[8, 8]
  %4 = add(%2, %3) : f32[8, 8]
  return %4
}`)
    expect(faultsOf(graph)).toEqual([])
  })
})

describe('after a product', () => {
  const w = ones([32, 24])
  /** `follow` what comes after the product of the rows; the ops of the kernel with the product. */
  const after = (rows: number[], follow: (product: Tensor, ...others: Tensor[]) => unknown, ...others: Tensor[]) => {
    const graph = traced((x, ...given) => follow(matmul(x!, w), ...given), ones([...rows, 32]), ...others)
    return { all: opsOf(graph), own: opsOf(graph).find((ops) => ops.includes('matmul')) }
  }

  test.each([[[48]], [[6, 8]], [[2, 3, 8]]])(
    'of rows %j, all that reads its elements is computed where it is stored',
    (rows) => {
      const full = (): Tensor => ones([...rows, 24])
      const column = ones([24])
      const kernels = (follow: (product: Tensor, ...others: Tensor[]) => unknown, ...others: Tensor[]): string[][] =>
        after(rows, follow, ...others).all
      expect(kernels((product, bias) => product.add(bias!), column)).toEqual([['matmul', 'add']])
      expect(kernels((product, bias) => product.add(bias!).relu(), column)).toEqual([['matmul', 'add', 'relu']])
      expect(kernels((product, residual) => residual!.add(product), full())).toEqual([['matmul', 'add']])
      expect(kernels((product) => product.mul(0.3))).toEqual([['matmul', 'mul']])
      expect(kernels((product, y) => where(y!.greater(0), product, 0), full())).toEqual([
        ['matmul', 'greater', 'where'],
      ])
    },
  )

  test('what batches have for all of their rows is added in a kernel of its own, for it would take the rows apart', () => {
    expect(after([6, 8], (product, each) => product.relu().add(each!), ones([6, 1, 24])).all).toEqual([
      ['matmul', 'relu'],
      ['add'],
    ])
    expect(after([6, 8], (product, each) => product.add(each!), ones([8, 24])).all).toEqual([['matmul'], ['add']])
  })

  test('what only reductions need of a product that one of them reads anyway is not stored', () => {
    const { own } = after([48], (product, y) => [product.sum(0), product.mul(y!).sum(0)], ones([48, 24]))
    expect(own).toEqual(['matmul'])
  })

  test('what others need as well is stored with the product that a reduction reads', () => {
    const { own } = after([48], (product) => [product.sum(0), product.mul(0.5).tanh().add(1)])
    expect(own).toEqual(['matmul', 'mul', 'tanh', 'add'])
  })
})

describe('boundaries', () => {
  test('a generator does not take in the nodes that make its operands, and the nodes after it join it', () => {
    const graph = parseGraph(`graph(%x: f32[8], %i: i32[4]) {
  %0 = exp(%x) : f32[8]
  %1 = gather(%0, %i) {axis: 0} : f32[4]
  %2 = neg(%1) : f32[4]
  return %2
}`)
    expect(opsOf(graph)).toEqual([['exp'], ['gather', 'neg']])
  })

  test('a node that reads a value of another shape through a view has a kernel of its own', () => {
    const graph = parseGraph(`graph(%x: f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = slice(%0) {starts: [0], sizes: [4], steps: [2]} : f32[4]
  %2 = sum(%0) {axes: [0], keepDims: false} : f32[]
  %3 = mul(%1, %2) : f32[4]
  return %3, %0
}`)
    expect(faultsOf(graph)).toEqual([])
    expect(opsOf(graph)).toEqual([['exp', 'sum'], ['mul']])
  })

  test('a reduction that shares its operand stores it as well', () => {
    const graph = parseGraph(`graph(%x: f32[8, 4]) {
  %0 = exp(%x) : f32[8, 4]
  %1 = sum(%0) {axes: [0], keepDims: false} : f32[4]
  return %0, %1
}`)
    expect(opsOf(graph)).toEqual([['exp', 'sum']])
  })

  test('without fusion every node has its own kernel', () => {
    const { plan } = compileGraph(
      parseGraph(`graph(%x: f32[8]) {
  %0 = exp(%x) : f32[8]
  %1 = neg(%0) : f32[8]
  %2 = sum(%1) {axes: [0], keepDims: false} : f32[]
  return %2
}`),
      { target: 'wasm', withoutPasses: ['fusion'] },
    )
    expect(plan.groups.map((group) => group.nodes.map(({ op }) => op))).toEqual([['exp'], ['neg'], ['sum']])
  })
})

describe('rows', () => {
  test('a value at kept shape that comes back through a view is the one of its row', () => {
    expect(
      opsOf(
        parseGraph(`graph(%x: f32[20, 8]) {
  %0 = sum(%x) {axes: [1], keepDims: false} : f32[20]
  %1 = reshape(%0) {shape: [20, 1]} : f32[20, 1]
  %2 = sub(%x, %1) : f32[20, 8]
  return %2
}`),
      ),
    ).toEqual([['sum', 'sub']])
  })

  test('a value at kept shape that meets the wrong axis waits for all rows', () => {
    const graph = parseGraph(`graph(%x: f32[20, 20]) {
  %0 = sum(%x) {axes: [1], keepDims: false} : f32[20]
  %1 = sub(%x, %0) : f32[20, 20]
  return %1
}`)
    expect(opsOf(graph)).toEqual([['sum'], ['sub']])
    expect(faultsOf(graph)).toEqual([])
  })

  test('a gather from a value of the rows has a kernel of its own', () => {
    const graph = parseGraph(`graph(%x: f32[20, 8], %i: i32[20]) {
  %0 = sum(%x) {axes: [1], keepDims: false} : f32[20]
  %1 = gather(%0, %i) {axis: 0} : f32[20]
  return %1
}`)
    expect(opsOf(graph)).toEqual([['sum'], ['gather']])
  })

  test('reductions over other axes stay apart', () => {
    const graph = parseGraph(`graph(%x: f32[20, 8]) {
  %0 = sum(%x) {axes: [1], keepDims: true} : f32[20, 1]
  %1 = sum(%x) {axes: [0], keepDims: true} : f32[1, 8]
  return %0, %1
}`)
    expect(opsOf(graph)).toEqual([['sum'], ['sum']])
  })

  test('one long row is left to kernels that can share it out', () => {
    const graph = parseGraph(`graph(%x: f32[100000]) {
  %0 = sum(%x) {axes: [0], keepDims: true} : f32[1]
  %1 = div(%x, %0) : f32[100000]
  return %1
}`)
    expect(opsOf(graph)).toEqual([['sum'], ['div']])
  })
})

const opsOf = (graph: Graph): string[][] =>
  compileGraph(graph, { target: 'wasm' }).plan.groups.map((group) => group.nodes.map(({ op }) => op))

function faultsOf(graph: Graph): string[] {
  const final = materializeOutputs(graph)
  const known = new Map<GraphValue, Location>()
  return groupFaults(
    final,
    fuse(final, { enabled: true, canInline: () => true, canRecompute: () => true }),
    (value) => locate(value, known).base,
    outputsOf(final),
  )
}

test('random graphs: no group waits for itself, and every value that is needed elsewhere is stored', () => {
  fc.assert(
    fc.property(randomGraph, (graph) => {
      expect(faultsOf(graph), printGraph(graph)).toEqual([])
    }),
    { numRuns: 400 },
  )
})

test('a random dropout mask joins the nodes that use it', () => {
  const graph = traced((x) => exp(x!).mul(rand([8, 8]).greaterEqual(0.5).cast('float32')), ones([8, 8]))
  const groups = opsOf(graph)
  expect(groups.find((ops) => ops.includes('random'))).toContain('mul')
})
