import { maximum, minimum, stack, zeros, type Tensor } from 'gryph'

/** How a pendulum with friction moves: the slope of [angle, speed]. */
function slope(state: Tensor): Tensor {
  const angle = state.slice([0])
  const speed = state.slice([1])
  return stack([speed, angle.sin().neg().sub(speed.mul(0.1))])
}

/** Integrates from time 0 to `until` in steps that keep the error of each below `tolerance`. */
export function integrate(
  start: Tensor,
  until: number,
  tolerance: number,
): { state: Tensor; accepted: number; rejected: number } {
  'use hybrid'
  let state = start
  let time = zeros([])
  let step = zeros([]).add(0.1)
  let accepted = 0
  let rejected = 0
  while (time.item() < until) {
    step = minimum(step, time.neg().add(until))
    const k1 = slope(state)
    const k2 = slope(state.add(k1.mul(step)))
    const error = k2.sub(k1).mul(step.mul(0.5)).abs().max()
    if (error.item() < tolerance) {
      state = state.add(k1.add(k2).mul(step.mul(0.5)))
      time = time.add(step)
      accepted++
    } else {
      rejected++
    }
    // The error grows with the square of the step.
    const factor = maximum(error, 1e-12).div(tolerance).rsqrt().mul(0.9)
    step = step.mul(minimum(maximum(factor, 0.2), 5))
    if (step.item() < 1e-7) break
  }
  return { state, accepted, rejected }
}
