import type { Tensor } from '../frontend/tensor.ts'
import { optionValue } from '../ops/errors.ts'
import { Recurrent, recurrentOptionNames, type CellWeights, type RecurrentOptions } from './recurrent.ts'

/** Options of `rnn`. */
export interface RnnOptions extends RecurrentOptions {
  /** Default 'tanh'. */
  readonly nonlinearity?: 'tanh' | 'relu'
}

/** h ← tanh(x · weightIh + biasIh + h · weightHh + biasHh), step by step. */
export class Rnn extends Recurrent {
  readonly nonlinearity: 'tanh' | 'relu'

  /** @throws FEATURES_INVALID, PROBABILITY_INVALID, OPTION_INVALID */
  constructor(inputSize: number, hiddenSize: number, options: RnnOptions = {}) {
    const kind = { name: 'rnn', gates: 1, states: 1 }
    super(kind, inputSize, hiddenSize, options, [...recurrentOptionNames, 'nonlinearity'])
    const { nonlinearity = 'tanh' } = options
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu')
      throw optionValue('rnn', 'nonlinearity', nonlinearity, "'tanh' or 'relu'")
    this.nonlinearity = nonlinearity
  }

  /**
   * @param x shape [time, batch, inputSize], [batch, time, inputSize] with batchFirst, or [time, inputSize]
   * @param state shape [numLayers · directions, batch, hiddenSize]; zeros when left out
   * @returns the last layer's result of every step, and the last state of every layer
   * @throws RECURRENT_SHAPE
   */
  forward(x: Tensor, state?: Tensor): [output: Tensor, state: Tensor] {
    const [output, [last]] = this.run(x, state && [state])
    return [output, last!]
  }

  protected override step([h]: readonly Tensor[], input: Tensor, { weightHh }: CellWeights): Tensor[] {
    const sum = input.add(h!.matmul(weightHh))
    return [this.nonlinearity === 'tanh' ? sum.tanh() : sum.relu()]
  }
}

/**
 * A recurrent layer of Elman; parameters start uniform within ±1/√hiddenSize.
 *
 * @throws FEATURES_INVALID, PROBABILITY_INVALID, OPTION_INVALID
 * @example rnn(8, 16).forward(ones([5, 2, 8]))[0].shape // [5, 2, 16]
 */
export const rnn = (inputSize: number, hiddenSize: number, options?: RnnOptions): Rnn =>
  new Rnn(inputSize, hiddenSize, options)
