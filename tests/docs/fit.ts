import { assign, tensor, type Tensor } from 'gryph'

const w = tensor(0, { requiresGrad: true })

export function fit(x: Tensor, y: Tensor, rate: number): Tensor {
  const error = w.mul(x).sub(y)
  const loss = error.square().mean()
  loss.backward()
  assign(w, w.sub(w.grad!.mul(rate)))
  w.grad = null
  return loss
}
