import { scan } from '../frontend/control/scan.ts'
import { zeros } from '../frontend/fill.ts'
import { concat, stack } from '../frontend/functions/structure.ts'
import { dropout as dropElements } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { sameShape, type Shape } from '../base/shape.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { recurrentInput, recurrentState } from './errors.ts'
import { uniformParameter } from './initial.ts'
import { Module } from './module.ts'
import { requireCount, requireProbability, type ParameterDtype } from './requirements.ts'

/** Options that all recurrent layers have. */
export interface RecurrentOptions {
  /** How many layers there are, each on the results of the one before. Default 1. */
  readonly numLayers?: number
  /** Whether a second half of each layer goes from the last element to the first; the features of both stand side by side. Default false. */
  readonly bidirectional?: boolean
  /** Whether x is [batch, time, features] instead of [time, batch, features]. Default false. */
  readonly batchFirst?: boolean
  /** Default true. */
  readonly bias?: boolean
  /** Probability that an element between two layers is dropped in training. Default 0. */
  readonly dropout?: number
  /** Of the parameters. Default float32. */
  readonly dtype?: ParameterDtype
}

export const recurrentOptionNames: readonly (keyof RecurrentOptions)[] = [
  'numLayers',
  'bidirectional',
  'batchFirst',
  'bias',
  'dropout',
  'dtype',
]

/** The parameters of one direction of one layer. */
export interface CellWeights {
  /** '0', '0Reverse', '1', … */
  readonly name: string
  /** Shape [features, gates · hiddenSize], the transpose of PyTorch's. */
  readonly weightIh: Tensor
  /** Shape [hiddenSize, gates · hiddenSize], the transpose of PyTorch's. */
  readonly weightHh: Tensor
  /** Shape [gates · hiddenSize]. */
  readonly biasIh: Tensor | null
  /** Shape [gates · hiddenSize]. */
  readonly biasHh: Tensor | null
}

/** What a kind of recurrent layer is made of. */
export interface CellKind {
  /** The factory. */
  readonly name: string
  readonly gates: number
  /** How many tensors are carried from step to step; the first is the result. */
  readonly states: number
}

/**
 * What recurrent layers share: their parameters, and one `scan` for each layer and direction, so that a sequence of any length is one loop
 * in a compiled program. What does not depend on the state is computed before, for all steps in one product.
 */
export abstract class Recurrent extends Module {
  readonly inputSize: number
  readonly hiddenSize: number
  readonly numLayers: number
  readonly bidirectional: boolean
  readonly batchFirst: boolean
  readonly dropout: number
  /** By layer, forward before backward. */
  readonly cells: readonly CellWeights[]
  readonly #kind: CellKind

  constructor(
    kind: CellKind,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentOptions,
    known: readonly string[],
  ) {
    super()
    checkOptions(kind.name, options, known)
    const {
      numLayers = 1,
      bidirectional = false,
      batchFirst = false,
      bias = true,
      dropout = 0,
      dtype = 'float32',
    } = options
    for (const [name, value] of Object.entries({ inputSize, hiddenSize, numLayers }))
      requireCount(kind.name, name, value)
    requireProbability(kind.name, dropout)
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.numLayers = numLayers
    this.bidirectional = bidirectional
    this.batchFirst = batchFirst
    this.dropout = dropout
    this.#kind = kind
    // Uniform within ±1/√hiddenSize, as in PyTorch.
    const drawn = (shape: Shape): Tensor => uniformParameter(shape, 1 / Math.sqrt(hiddenSize), dtype)
    const width = kind.gates * hiddenSize
    const directions = bidirectional ? ['', 'Reverse'] : ['']
    this.cells = Array.from({ length: numLayers }, (_, layer) =>
      directions.map((direction) => ({
        name: `${layer}${direction}`,
        weightIh: drawn([layer === 0 ? inputSize : hiddenSize * directions.length, width]),
        weightHh: drawn([hiddenSize, width]),
        biasIh: bias ? drawn([width]) : null,
        biasHh: bias ? drawn([width]) : null,
      })),
    ).flat()
  }

  /** The next states, of which the first is the result. @param input what comes of x[i], for all gates: shape [batch, gates · hiddenSize] */
  protected abstract step(states: readonly Tensor[], input: Tensor, cell: CellWeights): Tensor[]

  /** x · weightIh and the biases that may be added before the loop. */
  protected project(x: Tensor, { weightIh, biasIh, biasHh }: CellWeights): Tensor {
    const product = x.matmul(weightIh)
    return biasIh && biasHh ? product.add(biasIh.add(biasHh)) : product
  }

  /** All layers. @returns the last layer's results, and for each state the last ones of all cells: shape [cells, batch, hiddenSize] */
  protected run(x: Tensor, given: readonly Tensor[] | undefined): [output: Tensor, states: Tensor[]] {
    const { batchFirst, hiddenSize, cells } = this
    const { name, states } = this.#kind
    if (![2, 3].includes(x.rank) || x.shape.at(-1) !== this.inputSize)
      throw recurrentInput(name, x.shape, this.inputSize, batchFirst)
    const isBatched = x.rank === 3
    const inputs = !isBatched ? x.expandDims(1) : batchFirst ? x.transpose(0, 1) : x
    const batch = inputs.shape[1]!
    const wanted = isBatched ? [cells.length, batch, hiddenSize] : [cells.length, hiddenSize]
    if (given && (given.length !== states || given.some((state) => !sameShape(state.shape, wanted))))
      throw recurrentState(
        name,
        given.map((state) => state.shape),
        wanted,
      )
    const initial = given?.map((state) => (isBatched ? state : state.expandDims(1)))
    const [output, last] = this.#runLayers(inputs, (cell) =>
      initial
        ? initial.map((state) => state.slice([cell]))
        : Array.from({ length: states }, () => zeros([batch, hiddenSize], { dtype: this.#dtype })),
    )
    if (!isBatched) return [output.squeeze(1), last.map((state) => state.squeeze(1))]
    return [batchFirst ? output.transpose(0, 1) : output, last]
  }

  #runLayers(x: Tensor, initialOf: (cell: number) => readonly Tensor[]): [Tensor, Tensor[]] {
    const { cells, numLayers } = this
    const directions = cells.length / numLayers
    const last: (readonly Tensor[])[] = []
    let input = x
    for (let layer = 0; layer < numLayers; layer++) {
      if (layer > 0 && this.dropout > 0 && this.training) input = dropElements(input, this.dropout)
      const outputs = cells.slice(layer * directions, (layer + 1) * directions).map((cell, direction) => {
        const [states, ys] = scan(
          (before: readonly Tensor[], gates: Tensor): readonly [readonly Tensor[], Tensor] => {
            const after = this.step(before, gates, cell)
            return [after, after[0]!]
          },
          initialOf(last.length),
          this.project(input, cell),
          { reverse: direction === 1 },
        )
        last.push(states)
        return ys
      })
      input = outputs.length === 1 ? outputs[0]! : concat(outputs, 2)
    }
    return [input, last[0]!.map((_, i) => stack(last.map((states) => states[i]!)))]
  }

  get #dtype(): ParameterDtype {
    return this.cells[0]!.weightIh.dtype as ParameterDtype // as the constructor made it
  }

  /** PyTorch's names: weightIhL0, weightHhL0Reverse, … */
  protected override fields(): [string, unknown][] {
    return super
      .fields()
      .flatMap(([name, value]): [string, unknown][] =>
        value === this.cells
          ? this.cells.flatMap(({ name: cell, ...weights }) =>
              Object.entries(weights).map(([weight, tensor]): [string, unknown] => [`${weight}L${cell}`, tensor]),
            )
          : [[name, value]],
      )
  }

  protected override describe(): string {
    const { inputSize, hiddenSize, numLayers, bidirectional, batchFirst } = this
    return `inputSize=${inputSize}, hiddenSize=${hiddenSize}, numLayers=${numLayers}, bidirectional=${bidirectional}, batchFirst=${batchFirst}`
  }
}

/** Part `i` of the gates, which stand side by side along the last axis. */
export const gate = (gates: Tensor, i: number, hiddenSize: number): Tensor =>
  gates.slice([null, [i * hiddenSize, (i + 1) * hiddenSize]])
