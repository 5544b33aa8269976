import type { Tensor } from '../frontend/tensor.ts'
import { gate, Recurrent, recurrentOptionNames, type CellWeights, type RecurrentOptions } from './recurrent.ts'

/** What an LSTM carries from step to step: its results, and its memory. */
export type LstmState = readonly [h: Tensor, c: Tensor]

/** Long short-term memory: c ← f · c + i · g and h ← o · tanh(c), with gates i, f, g, o in this order in the parameters. */
export class Lstm extends Recurrent {
  /** @throws FEATURES_INVALID, PROBABILITY_INVALID */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: 'lstm', gates: 4, states: 2 }, inputSize, hiddenSize, options, recurrentOptionNames)
  }

  /**
   * @param x shape [time, batch, inputSize], [batch, time, inputSize] with batchFirst, or [time, inputSize]
   * @param state h and c, each of shape [numLayers · directions, batch, hiddenSize]; zeros when left out
   * @returns the last layer's result of every step, and the last h and c of every layer
   * @throws RECURRENT_SHAPE
   */
  forward(x: Tensor, state?: LstmState): [output: Tensor, state: [h: Tensor, c: Tensor]] {
    const [output, [h, c]] = this.run(x, state)
    return [output, [h!, c!]]
  }

  protected override step([h, c]: readonly Tensor[], input: Tensor, { weightHh }: CellWeights): Tensor[] {
    const { hiddenSize } = this
    const gates = input.add(h!.matmul(weightHh))
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => gate(gates, k, hiddenSize)) as [Tensor, Tensor, Tensor, Tensor] // four of them
    const memory = f.sigmoid().mul(c!).add(i.sigmoid().mul(g.tanh()))
    return [o.sigmoid().mul(memory.tanh()), memory]
  }
}

/**
 * A layer of long short-term memory; parameters start uniform within ±1/√hiddenSize.
 *
 * @throws FEATURES_INVALID, PROBABILITY_INVALID
 * @example lstm(8, 16, { numLayers: 2 }).forward(ones([5, 2, 8]))[0].shape // [5, 2, 16]
 */
export const lstm = (inputSize: number, hiddenSize: number, options?: RecurrentOptions): Lstm =>
  new Lstm(inputSize, hiddenSize, options)
