import { ones, zeros, type Tensor } from 'gryph'

export interface Dominant {
  readonly value: Tensor
  readonly vector: Tensor
  readonly passes: number
  readonly hasConverged: boolean
}

/** The eigenvalue of largest magnitude of a symmetric matrix, with its vector. */
export function dominantEigenvector(matrix: Tensor, tolerance: number, limit: number): Dominant {
  'use hybrid'
  let vector = ones([matrix.shape[0]!])
  let value = zeros([])
  let passes = 0
  let hasConverged = false
  while (passes < limit) {
    const image = matrix.matmul(vector)
    const length = image.square().sum().sqrt()
    const change = length.sub(value).abs()
    vector = image.div(length)
    value = length
    passes++
    if (change.item() < tolerance) {
      hasConverged = true
      break
    }
  }
  return { value, vector, passes, hasConverged }
}
