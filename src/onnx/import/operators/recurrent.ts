import { scan } from '../../../frontend/control/scan.ts'
import { zeros } from '../../../frontend/fill.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { leakyRelu, elu, softplus, softsign } from '../../../frontend/functions/activations.ts'
import { stack } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { integers } from '../constant.ts'
import type { NodeCall, OperatorTable } from '../node-call.ts'
import { partsOf } from './shapes.ts'

type Activation = (x: Tensor) => Tensor

/** What one direction computes with, turned so that rows are multiplied from the left. */
interface Cell {
  readonly hidden: number
  /** Shape [inputs, gates · hidden]. */
  readonly weight: Tensor
  /** Shape [hidden, gates · hidden]. */
  readonly recurrence: Tensor
  /** Shapes [gates · hidden]. */
  readonly bias: Tensor | undefined
  readonly recurrentBias: Tensor | undefined
  readonly peepholes: Tensor | undefined
  readonly activations: readonly Activation[]
  readonly clip: (x: Tensor) => Tensor
}

/** A kind of layer: how one step goes, given what came of the input for all gates. */
interface Kind {
  readonly gates: number
  readonly states: number
  readonly activations: readonly string[]
  step(states: readonly Tensor[], input: Tensor, cell: Cell, call: NodeCall): Tensor[]
  /** Whether the recurrent bias is added with the input's. */
  addsBiasBefore(call: NodeCall): boolean
}

const gatesOf = (x: Tensor, hidden: number, count: number): Tensor[] =>
  partsOf(
    x,
    x.rank - 1,
    Array.from({ length: count }, () => hidden),
  )

const rnn: Kind = {
  gates: 1,
  states: 1,
  activations: ['Tanh'],
  addsBiasBefore: () => true,
  step: ([h], input, { recurrence, activations: [f], clip }) => [f!(clip(input.add(h!.matmul(recurrence))))],
}

/** Gates in the order of ONNX: update, reset, hidden. */
const gru: Kind = {
  gates: 3,
  states: 1,
  activations: ['Sigmoid', 'Tanh'],
  addsBiasBefore: () => false,
  step([h], input, { recurrence, recurrentBias, activations, clip, hidden }, call) {
    const [f, g] = activations as [Activation, Activation] // two
    const [inZ, inR, inH] = gatesOf(input, hidden, 3) as [Tensor, Tensor, Tensor] // three
    const [toZ, toR, toH] = gatesOf(recurrence, hidden, 3) as [Tensor, Tensor, Tensor] // three
    const [biasZ, biasR, biasH] = recurrentBias ? gatesOf(recurrentBias, hidden, 3) : []
    const plus = (x: Tensor, bias: Tensor | undefined): Tensor => (bias ? x.add(bias) : x)
    const update = f(clip(plus(inZ.add(h!.matmul(toZ)), biasZ)))
    const reset = f(clip(plus(inR.add(h!.matmul(toR)), biasR)))
    const isResetLast = call.int('linear_before_reset', 0) === 1
    const recurrent = isResetLast ? reset.mul(plus(h!.matmul(toH), biasH)) : plus(reset.mul(h!).matmul(toH), biasH)
    const candidate = g(clip(inH.add(recurrent)))
    return [update.neg().add(1).mul(candidate).add(update.mul(h!))]
  },
}

/** Gates in the order of ONNX: input, output, forget, cell. */
const lstm: Kind = {
  gates: 4,
  states: 2,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  addsBiasBefore: () => true,
  step([h, c], input, { recurrence, peepholes, activations, clip, hidden }, call) {
    const [f, g, last] = activations as [Activation, Activation, Activation] // three
    const [ofInput, ofOutput, ofForget, ofCell] = gatesOf(input.add(h!.matmul(recurrence)), hidden, 4) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ] // four
    const [peepInput, peepOutput, peepForget] = peepholes ? gatesOf(peepholes, hidden, 3) : []
    const seen = (x: Tensor, peep: Tensor | undefined, cell: Tensor): Tensor => (peep ? x.add(peep.mul(cell)) : x)
    const taken = f(clip(seen(ofInput, peepInput, c!)))
    const kept = call.int('input_forget', 0) === 1 ? taken.neg().add(1) : f(clip(seen(ofForget, peepForget, c!)))
    const cell = kept.mul(c!).add(taken.mul(g(clip(ofCell))))
    return [f(clip(seen(ofOutput, peepOutput, cell))).mul(last(cell)), cell]
  },
}

function recurrent(kind: Kind): (call: NodeCall) => (Tensor | undefined)[] {
  return (call) => {
    const isBatchFirst = call.int('layout', 0) === 1
    const given = call.tensor(0)
    if (given.rank !== 3) throw call.failed(`the input has ${given.rank} axes, not three`)
    const x = isBatchFirst ? given.transpose(0, 1) : given
    const [length, batch] = [x.shape[0]!, x.shape[1]!]
    const direction = call.string('direction', 'forward')
    const directions = direction === 'bidirectional' ? ['forward', 'reverse'] : [direction]
    if (call.shape(1)[0] !== directions.length)
      throw call.failed(`the weights are not those of ${directions.length} directions`)
    const lengths = call.has(4) ? call.numbers(4) : undefined
    const isFull = !lengths || lengths.every((each) => each === length)
    const results = directions.map((each, index) => {
      const cell = cellOf(call, kind, index)
      const states = Array.from({ length: kind.states }, (_, state) => {
        const initial = call.maybe(5 + state)
        if (!initial) return zeros([batch, cell.hidden], { dtype: x.dtype })
        return isBatchFirst ? initial.slice([null, index]) : initial.slice([index])
      })
      const isReverse = each === 'reverse'
      if (isReverse && !isFull) throw call.unsupported('goes backward over sequences of several lengths')
      const ends = isFull ? undefined : integers(lengths, [batch, 1]).tensor()
      return passes(call, kind, cell, x, states, isReverse, ends)
    })
    const outputs = stack(
      results.map(({ ys }) => ys),
      1,
    )
    const last = Array.from({ length: kind.states }, (_, state) =>
      stack(
        results.map((result) => result.states[state]!),
        0,
      ),
    )
    return isBatchFirst
      ? [outputs.permute([2, 0, 1, 3]), ...last.map((state) => state.transpose(0, 1))]
      : [outputs, ...last]
  }
}

function passes(
  call: NodeCall,
  kind: Kind,
  cell: Cell,
  x: Tensor,
  init: readonly Tensor[],
  reverse: boolean,
  ends: Tensor | undefined,
): { states: readonly Tensor[]; ys: Tensor } {
  const { bias, recurrentBias, weight } = cell
  const product = x.matmul(weight)
  const early = kind.addsBiasBefore(call) && recurrentBias
  const biased = bias ? product.add(early ? bias.add(recurrentBias) : bias) : product
  const steps = integers(Array.from({ length: x.shape[0]! }, (_, i) => i)).tensor()
  const [states, ys] = scan(
    (before: readonly Tensor[], [input, step]: readonly [Tensor, Tensor]) => {
      const after = kind.step(before, input, cell, call)
      if (!ends) return [after, after[0]!] as const
      const isOn = step.less(ends)
      const kept = after.map((state, i) => where(isOn, state, before[i]!))
      return [kept, where(isOn, after[0]!, after[0]!.mul(0))] as const
    },
    init,
    [biased, steps] as const,
    { reverse },
  ) as unknown as [readonly Tensor[], Tensor] // scan's types do not go through tuples
  return { states, ys }
}

function cellOf(call: NodeCall, kind: Kind, index: number): Cell {
  const own = (input: number): Tensor | undefined => call.maybe(input)?.slice([index])
  const recurrence = call.tensor(2).slice([index]).transpose()
  const hidden = recurrence.shape[0]!
  const both = own(3)
  const width = kind.gates * hidden
  if (recurrence.shape[1] !== width) throw call.failed(`the recurrent weight is not ${width} × ${hidden}`)
  const [bias, recurrentBias] = both ? partsOf(both, 0, [width, width]) : []
  const limit = call.hasAttribute('clip') ? call.float('clip') : Infinity
  return {
    hidden,
    weight: call.tensor(1).slice([index]).transpose(),
    recurrence,
    bias,
    recurrentBias,
    peepholes: kind === lstm ? own(7) : undefined,
    activations: activationsOf(call, kind, index),
    clip: (x) => (limit === Infinity ? x : x.clamp(-limit, limit)),
  }
}

function activationsOf(call: NodeCall, kind: Kind, index: number): Activation[] {
  const count = kind.activations.length
  const names = call.strings('activations') ?? []
  const [alphas, betas] = [call.floats('activation_alpha') ?? [], call.floats('activation_beta') ?? []]
  return kind.activations.map((usual, i) => {
    const at = index * count + i
    const name = names[at] ?? usual
    const make = activations[name.toLowerCase()]
    if (!make) throw call.unsupported(`has the activation ${name}`)
    return make(alphas[at], betas[at])
  })
}

const activations: Readonly<Record<string, (alpha?: number, beta?: number) => Activation>> = {
  relu: () => (x) => x.relu(),
  tanh: () => (x) => x.tanh(),
  sigmoid: () => (x) => x.sigmoid(),
  affine:
    (alpha = 1, beta = 0) =>
    (x) =>
      x.mul(alpha).add(beta),
  leakyrelu:
    (alpha = 0.01) =>
    (x) =>
      leakyRelu(x, alpha),
  scaledtanh:
    (alpha = 1, beta = 1) =>
    (x) =>
      x.mul(beta).tanh().mul(alpha),
  hardsigmoid:
    (alpha = 0.2, beta = 0.5) =>
    (x) =>
      x.mul(alpha).add(beta).clamp(0, 1),
  elu:
    (alpha = 1) =>
    (x) =>
      elu(x, alpha),
  softsign: () => (x) => softsign(x),
  softplus: () => (x) => softplus(x),
}

export const recurrentOperators: OperatorTable = { GRU: recurrent(gru), LSTM: recurrent(lstm), RNN: recurrent(rnn) }
