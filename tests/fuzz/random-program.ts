import { isFloat } from '../../src/base/dtype.ts'
import { elementCount } from '../../src/base/shape.ts'
import { recordOf } from '../../src/ops/registry.ts'
import type { OpName } from '../../src/ops/table.ts'
import { Draft } from './draft.ts'
import { makers, type Maker } from './makers.ts'
import type { CallName } from './named-calls.ts'
import { changeInPlace, changePlace } from './state-makers.ts'
import { operandsOf, type Goal, type Program } from './program.ts'
import { Random } from './random.ts'

const reducing = [
  'softmax',
  'logSoftmax',
  'logSumExp',
  'mean',
  'variance',
  'argmax',
  'prod',
  'sum',
] as const satisfies readonly CallName[]

const composite: Maker = (draft) => {
  const x = draft.any(['float32', 'float32', 'float64'], ({ shape }) => shape.length > 0 && !shape.includes(0))
  const { shape } = draft.typeOf(x)
  return shape.length === 0 || shape.includes(0)
    ? undefined
    : draft.call(draft.random.pick(reducing), [x], draft.random.below(shape.length))
}

const withNumber: Maker = (draft) =>
  draft.call(
    draft.random.pick(['add', 'mul', 'sub', 'div', 'maximum'] as const),
    draft.random.shuffled([draft.any(['float32', 'float64']), draft.number()]),
  )

/** Replaces a state by a value of its type, which is made if there is none. */
const update: Maker = (draft) => {
  const value =
    draft.find((type, i) => draft.steps[i]!.kind === 'op' && elementCount(type.shape) > 0) ?? draft.find(() => true)
  if (value === undefined) return undefined
  const type = draft.typeOf(value)
  const isLike = (other: typeof type): boolean => other.dtype === type.dtype && other.shape.join() === type.shape.join()
  const state =
    draft.find((other, i) => draft.steps[i]!.kind === 'state' && isLike(other)) ??
    draft.input('state', type, 'ordinary')
  draft.assign(state, value)
  return undefined
}

/** Two states of one type exchange their values. */
const swap: Maker = (draft) => {
  const first = draft.find((_, i) => draft.steps[i]!.kind === 'state')
  if (first === undefined) return undefined
  const type = draft.typeOf(first)
  const second =
    draft.find(
      (other, i) =>
        i !== first &&
        draft.steps[i]!.kind === 'state' &&
        other.dtype === type.dtype &&
        other.shape.join() === type.shape.join(),
    ) ?? draft.input('state', type, 'special')
  const copy = draft.op('copy', [first])!
  draft.assign(first, second)
  draft.assign(second, copy)
  return undefined
}

const structural: readonly OpName[] = [
  'reshape',
  'permute',
  'slice',
  'broadcastTo',
  'sum',
  'sum',
  'max',
  'matmul',
  'matmul',
  'conv2d',
  'add',
  'mul',
  'sub',
  'where',
  'cast',
  'concat',
  'pad',
  'assemble',
  'gather',
  'scatterAdd',
  'dynamicSlice',
  'setSlice',
  'scatter',
]
const every = Object.keys(makers) as OpName[] // keys of a record over OpName

const pointwise = every.filter((op) => recordOf(op).kind === 'elementwise')

function nextMaker({ random, isUniform }: Draft, goal: Goal): Maker {
  if (isUniform && random.chance(0.55)) return makers[random.pick(pointwise)]
  const choice = random.below(100)
  if (goal === 'values' && choice < 15)
    return choice < 5 ? update : choice < 7 ? swap : choice < 11 ? changeInPlace : changePlace
  if (choice < 17) return withNumber
  if (choice < 25) return composite
  return makers[random.pick(choice < 65 ? structural : every)]
}

/** The program that a seed stands for, with about `length` steps after its inputs. */
export function randomProgram(seed: number, length: number): Program {
  const random = new Random(seed)
  const goal = random.pick(['values', 'values', 'values', 'inner gradient', 'outer gradient', 'descent'] as const)
  const draft = new Draft(random, goal)
  for (let i = 0; i < length; i++) nextMaker(draft, goal)(draft)
  return { goal, steps: draft.steps, results: resultsOf(draft, goal) }
}

/** Every value that nothing uses, and a few more. */
function resultsOf(draft: Draft, goal: Goal): number[] {
  const used = new Set(draft.steps.flatMap(operandsOf))
  const wanted = draft.steps.flatMap((_, i) =>
    draft.isUsable(i) && (!used.has(i) || draft.random.chance(0.08)) ? [i] : [],
  )
  if (goal !== 'outer gradient') return wanted
  const last = wanted.findLast((i) => isFloat(draft.typeOf(i).dtype))
  return last === undefined ? [] : [last]
}
