import { Tensor } from '../frontend/tensor.ts'
import { lossInvalid, shown } from './errors.ts'
import { lossName } from './run-state.ts'

/** What a step returns: its loss, or an object of the loss and other numbers, of which the history has the means. */
export type StepResult =
  | Tensor
  | number
  | { readonly loss: Tensor | number; readonly [metric: string]: Tensor | number }

/** The loss, as it was returned. @throws LOSS_INVALID */
export function lossOf(result: unknown): Tensor | number {
  if (result instanceof Tensor || typeof result === 'number') return result
  if (typeof result !== 'object' || result === null || !(lossName in result)) throw lossInvalid(textOf(result))
  const { loss } = result
  if (!(loss instanceof Tensor) && typeof loss !== 'number') throw lossInvalid(`${textOf(loss)} as its loss`)
  return loss
}

/** The element of a tensor, or a number as it is. */
export function numberOf(given: unknown, name = lossName): number {
  if (given instanceof Tensor) {
    if (given.size !== 1) throw lossInvalid(`a tensor of shape [${given.shape.join(', ')}] as its ${name}`)
    // Most are results of a compiled call, of which no copy is needed.
    return given.layout === undefined ? given.storage.array[0]! : given.item()
  }
  if (typeof given === 'number') return given
  throw lossInvalid(`${textOf(given)} as its ${name}`)
}

/** What a step gave besides the loss. */
export function metricsOf(result: unknown): Record<string, number> | undefined {
  if (typeof result === 'number' || result instanceof Tensor) return undefined
  const entries = Object.entries(result as object).filter(([name]) => name !== lossName) // `lossOf` has looked at it
  return Object.fromEntries(entries.map(([name, value]) => [name, numberOf(value, name)]))
}

const textOf = (given: unknown): string =>
  given instanceof Promise ? 'a promise, and steps are synchronous' : given === undefined ? 'nothing' : shown(given)
