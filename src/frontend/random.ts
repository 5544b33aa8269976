import { elementCount, type Shape } from '../base/shape.ts'
import * as calls from '../ops/calls/index.ts'
import { checkOptions } from '../ops/calls/options.ts'
import type { Value } from '../ops/interpreter.ts'
import { withContext } from './context.ts'
import { assign, tensor, variable, type CreateOptions } from './create.ts'
import { notATensor, probabilityInvalid, randomRangeInvalid, seedInvalid } from './errors.ts'
import { Tensor } from './tensor.ts'

/**
 * The process's random generator: Threefry-2x32-20 over a counter (see docs/assumptions.md). Its state is a variable, so compiled
 * functions read and advance it like eager code does, and both draw the same numbers.
 */
let generatorState: Tensor | undefined
const state = (): Tensor =>
  (generatorState ??= withContext({ recorder: undefined, lazyCall: undefined }, () =>
    variable(stateOf(Math.floor(Math.random() * 2 ** 32)), { dtype: 'int32' }),
  ))

/** The variable that holds the generator's state, once anything has been drawn or seeded. */
export const generator = (): Tensor | undefined => generatorState

/** key, key, counter, counter as 32-bit words. */
const stateOf = (seed: number): number[] => [seed | 0, Math.floor(seed / 2 ** 32) | 0, 0, 0]

/** Starts the random numbers over from `seed`, an integer from 0 to 2⁵³ − 1. Unseeded programs start anywhere. @throws SEED_INVALID */
export function manualSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) throw seedInvalid(seed)
  assign(state(), tensor(stateOf(seed), { dtype: 'int32' }))
}

/** Runs `body`, after which random numbers go on as if it had drawn none. */
export function withoutDrawing<R>(body: () => R): R {
  const held = generatorState
  const before = held && withContext({ gradEnabled: false }, () => held.clone())
  const { version } = held?.storage ?? { version: 0 }
  try {
    return body()
  } finally {
    if (!held || !before) generatorState = undefined
    else if (held.storage.version !== version) assign(held, before)
  }
}

/** @internal The generator's state, for what goes on with the same numbers later; a state that is given is put in its place. */
export function generatorWords(given?: readonly number[]): readonly number[] {
  if (given) assign(state(), tensor([...given], { dtype: 'int32' }))
  return [...state().data()]
}

function draw(count: number, make: (generator: Tensor) => Value): Tensor {
  return withContext({ gradEnabled: false }, () => {
    const generator = state()
    const drawn = make(generator) as Tensor // the eager interpreter only makes tensors
    assign(generator, calls.advanceState(generator, count) as Tensor) // as above
    return drawn
  })
}

/** Options of the makers of random tensors. */
export interface RandomOptions extends Pick<CreateOptions, 'requiresGrad'> {
  readonly dtype?: 'float32' | 'float64'
}

const finish = (drawn: Tensor, options: RandomOptions | undefined): Tensor =>
  options?.requiresGrad ? tensor(drawn, { requiresGrad: true }) : drawn

const optionNames: readonly (keyof RandomOptions)[] = ['dtype', 'requiresGrad']

/** Uniform in [0, 1). */
export function rand(shape: Shape, options?: RandomOptions): Tensor {
  checkOptions('rand', options, optionNames)
  return finish(
    draw(elementCount(shape), (generator) => calls.randomUniform(generator, shape, options?.dtype)),
    options,
  )
}

/** Normal with mean 0 and standard deviation 1. */
export function randn(shape: Shape, options?: RandomOptions): Tensor {
  checkOptions('randn', options, optionNames)
  return finish(
    draw(elementCount(shape), (generator) => calls.randomNormal(generator, shape, options?.dtype)),
    options,
  )
}

/** Integers from `low` up to but without `high`, as int32. @throws RANDOM_RANGE_INVALID */
export function randint(low: number, high: number, shape: Shape): Tensor {
  const fits = (bound: number): boolean => Number.isInteger(bound) && Math.abs(bound) <= 2 ** 31
  if (!fits(low) || !fits(high) || low >= high) throw randomRangeInvalid(low, high)
  // 53 random bits scaled by a range of at most 2³²: the bias is below 2⁻²¹.
  const unit = draw(elementCount(shape), (generator) => calls.randomUniform(generator, shape, 'float64'))
  return unit
    .mul(high - low)
    .floor()
    .add(low)
    .cast('int32')
}

/** 0 … n−1 in random order, as int32. */
export const randperm = (n: number): Tensor => draw(n, (generator) => calls.randomPermutation(generator, n))

/**
 * Sets elements to 0 with probability `p` and scales the others by 1/(1 − p), so that the expectation stays.
 *
 * @throws PROBABILITY_INVALID when p is not in [0, 1)
 */
export function dropout(x: Tensor, p = 0.5): Tensor {
  if (!(p >= 0 && p < 1)) throw probabilityInvalid('dropout', p)
  if (!(x instanceof Tensor)) throw notATensor('dropout', x)
  if (p === 0) return x
  const keep = rand(x.shape).greaterEqual(p)
  return calls.where(keep, x.mul(1 / (1 - p)), 0) as Tensor // the eager interpreter only makes tensors
}
