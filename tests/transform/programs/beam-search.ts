import { arange, concat, gather, logSoftmax, oneHot, stack, where, zeros, type Tensor } from 'gryph'

/** A recurrent network over a small alphabet. */
export interface Network {
  readonly embedding: Tensor
  readonly recurrent: Tensor
  readonly output: Tensor
}

/** The end of a sequence; also what it begins with. */
const end = 0
const never = -1e9

/** The likeliest sequence of at most `limit` letters that beams of `width` find: its letters (ended by 0) and its log-probability. */
export function likeliestSequence(
  { embedding, recurrent, output }: Network,
  width: number,
  limit: number,
): { letters: Tensor; score: Tensor; steps: number } {
  'use hybrid'
  const letterCount = embedding.shape[0]!
  const columns = arange(limit).cast('float32')
  let hidden = zeros([width, recurrent.shape[0]!])
  let letters = zeros([width, limit])
  let last = zeros([width], { dtype: 'int32' })
  // Beams are equal to begin with: only the first one counts.
  let scores = where(arange(width).equal(0), 0, never)
  let isDone = zeros([width], { dtype: 'bool' })
  let steps = 0
  while (steps < limit && isDone.cast('int32').min().item() === 0) {
    const next = gather(embedding, last, 0).add(hidden.matmul(recurrent)).tanh()
    const likelihoods = logSoftmax(next.matmul(output), 1)
    const stay = where(arange(letterCount).equal(end), 0, never)
    const candidates = scores.expandDims(1).add(where(isDone.expandDims(1), stay, likelihoods))
    let left = candidates.flatten()
    const chosen: Tensor[] = []
    for (let beam = 0; beam < width; beam++) {
      const best = left.argmax()
      chosen.push(best)
      left = where(oneHot(best, left.size).cast('bool'), 2 * never, left)
    }
    const positions = stack(chosen)
    const parents = positions.cast('float32').div(letterCount).floor().cast('int32')
    last = positions.sub(parents.mul(letterCount))
    scores = gather(candidates.flatten(), positions, 0)
    hidden = gather(next, parents, 0)
    letters = where(columns.equal(steps), last.cast('float32').expandDims(1), gather(letters, parents, 0))
    isDone = last.equal(end)
    steps++
  }
  const best = scores.argmax()
  return { letters: gather(letters, best, 0), score: gather(scores, best, 0), steps }
}

/** Weights that no training made, the same at every call. */
export function smallNetwork(letterCount: number, hiddenSize: number): Network {
  const wave = (rows: number, columnCount: number, phase: number): Tensor =>
    arange(rows * columnCount)
      .mul(phase)
      .sin()
      .mul(1.5)
      .reshape([rows, columnCount])
  return {
    embedding: wave(letterCount, hiddenSize, 1.3),
    recurrent: concat([wave(hiddenSize, hiddenSize, 0.7)], 0),
    output: wave(hiddenSize, letterCount, 2.1),
  }
}
