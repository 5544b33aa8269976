import type { Tensor } from '../frontend/tensor.ts'
import { gate, Recurrent, recurrentOptionNames, type CellWeights, type RecurrentOptions } from './recurrent.ts'

/**
 * Gated recurrent units: h ← (1 − z) · n + z · h with n = tanh(xₙ + r · hₙ), with r, z, n in this order in the parameters. As in PyTorch, r
 * applies to the product of the state and its bias.
 */
export class Gru extends Recurrent {
  /** @throws FEATURES_INVALID, PROBABILITY_INVALID */
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super({ name: 'gru', gates: 3, states: 1 }, inputSize, hiddenSize, options, recurrentOptionNames)
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

  protected override project(x: Tensor, { weightIh, biasIh }: CellWeights): Tensor {
    const product = x.matmul(weightIh)
    return biasIh ? product.add(biasIh) : product
  }

  protected override step([h]: readonly Tensor[], input: Tensor, { weightHh, biasHh }: CellWeights): Tensor[] {
    const { hiddenSize } = this
    const product = h!.matmul(weightHh)
    const own = biasHh ? product.add(biasHh) : product
    const of = (k: number): readonly [Tensor, Tensor] => [gate(input, k, hiddenSize), gate(own, k, hiddenSize)]
    const [[xr, hr], [xz, hz], [xn, hn]] = [of(0), of(1), of(2)]
    const n = xn.add(xr.add(hr).sigmoid().mul(hn)).tanh()
    return [n.add(xz.add(hz).sigmoid().mul(h!.sub(n)))]
  }
}

/**
 * A layer of gated recurrent units; parameters start uniform within ±1/√hiddenSize.
 *
 * @throws FEATURES_INVALID, PROBABILITY_INVALID
 * @example gru(8, 16).forward(ones([5, 2, 8]))[0].shape // [5, 2, 16]
 */
export const gru = (inputSize: number, hiddenSize: number, options?: RecurrentOptions): Gru =>
  new Gru(inputSize, hiddenSize, options)
