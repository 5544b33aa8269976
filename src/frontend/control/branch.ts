import type { ControlName, GraphValue } from '../../ir/graph.ts'
import { sameType } from '../../base/shape.ts'
import { zeros } from '../fill.ts'
import { context } from '../context.ts'
import type { Recorder } from '../recorder.ts'
import type { RegionEffects } from './region-effects.ts'
import { Tensor } from '../tensor.ts'
import { applyControl } from './apply-control.ts'
import { branchesDiffer, structuresDiffer } from './errors.ts'
import { isTensorLike, leafTensor } from './leaves.ts'
import { noteShown, shownBy, type ShownVariable } from './shown-variables.ts'
import { structureOf, type Structure } from './structure.ts'
import { allCaptures, operandsFor, TracedRegion } from './trace-region.ts'

export interface Branch {
  /** What errors call it. */
  readonly label: string
  readonly run: () => unknown
}

/** Records every branch, and a control op that takes one of them. */
export function traceBranches(
  recorder: Recorder,
  name: ControlName,
  selector: Tensor,
  branches: readonly Branch[],
): unknown {
  const traced = branches.map(({ label, run }) => {
    const region = new TracedRegion(recorder, `${name}: ${label}`)
    const { result, effects } = region.trace(
      () => {},
      () => {
        const structure = structureOf(run())
        return { structure, shown: structure.leaves.map(({ value }) => shownBy(recorder, value)) }
      },
    )
    return { label, region, effects, ...result }
  })
  const leaves = commonLeaves(name, traced)
  const dynamic = leaves.filter(({ values }) => values !== undefined)
  const states = unionOf(traced.map(({ effects }) => effects.states.keys()))
  const gradients = unionOf(traced.map(({ effects }) => effects.gradients.keys())).filter((leaf) =>
    traced.some(({ effects }) => (effects.gradients.has(leaf) ? effects.gradients.get(leaf) : leaf.grad) !== null),
  )
  const cleared = unionOf(traced.map(({ effects }) => effects.gradients.keys())).filter(
    (leaf) => !gradients.includes(leaf),
  )
  const positions = unionOf(traced.map(({ effects }) => effects.argumentGradients.keys()))

  const tracked = dynamic.map(({ values }) => values!.some((value) => value instanceof Tensor && value.requiresGrad))
  const isTracked = context.gradEnabled && tracked.includes(true)
  const regionResults = traced.map(({ region, effects }, b) =>
    region.within((): GraphValue[] => [
      ...dynamic.map(({ values }) => leafAfter(recorder, effects, values![b])),
      ...states.map((variable) => stateAfter(recorder, effects, variable)),
      ...gradients.map((leaf) => {
        const after = effects.gradients.has(leaf) ? effects.gradients.get(leaf)! : leaf.grad
        return recorder.valueOf(after ?? zerosLike(leaf))
      }),
      ...positions.map((position) => {
        const after = effects.argumentGradients.get(position) ?? recorder.argumentGradientAt(position)
        return recorder.valueOf(after ?? zerosLike(recorder.argumentAt(position)!))
      }),
    ]),
  )
  // Checks and prints inside are made with a result.
  if (regionResults[0]!.length === 0)
    traced.forEach(({ region }, b) => regionResults[b]!.push(region.within(() => recorder.valueOf(leafTensor(false)))))
  const captures = allCaptures(traced.map(({ region }) => region))
  const regions = traced.map(({ region }, b) => region.graph(captures, regionResults[b]!))
  const operands = operandsFor(
    recorder,
    captures,
    traced.map(({ region }) => region),
    (variable) => states.includes(variable),
    isTracked,
  )
  const results = applyControl(
    { name, regions, carried: 0, counted: false },
    [{ tensor: selector, value: recorder.valueOf(selector) }, ...operands],
    {
      weak: dynamic.map(({ values }) =>
        values!.every((value) => typeof value === 'number' || (value instanceof Tensor && value.weak)),
      ),
      tracked: regionResults[0]!.map((_, i) => tracked[i] ?? false),
    },
  )
  for (const { region } of traced) region.scope.isClosed = true

  let next = dynamic.length
  for (const variable of states) variable.assign(results[next++]!)
  for (const leaf of gradients) leaf.grad = results[next++]!
  for (const leaf of cleared) leaf.grad = null
  for (const position of positions) recorder.setArgumentGradientAt(position, results[next++]!)
  dynamic.forEach(({ shown }, i) => noteShown(results[i]!, shown))
  let taken = 0
  return traced[0]!.structure.rebuild(leaves.map(({ fixed, values }) => (values ? results[taken++] : fixed)))
}

const zerosLike = ({ shape, dtype }: Tensor): Tensor => zeros(shape, { dtype })

const unionOf = <T>(keys: readonly Iterable<T>[]): T[] => [...new Set(keys.flatMap((each) => [...each]))]

/** A variable's value at the end of a region; within the region. */
export function stateAfter(recorder: Recorder, { states }: RegionEffects, variable: Tensor): GraphValue {
  const effect = states.get(variable)
  return effect ? recorder.localOf(effect.value, effect.tensor) : recorder.valueOf(variable)
}

/** A leaf's value at the end of a region; within the region. */
export function leafAfter(recorder: Recorder, effects: RegionEffects, value: unknown): GraphValue {
  if (value instanceof Tensor && value.isVariable) return stateAfter(recorder, effects, value)
  return recorder.valueOf(leafTensor(value as Tensor | number | boolean)) // callers have checked it
}

/** A leaf that all branches give alike, or one value from each. */
interface CommonLeaf {
  readonly fixed?: unknown
  readonly values?: readonly unknown[]
  /** What the values may show. */
  readonly shown: readonly ShownVariable[]
}

function commonLeaves(
  name: string,
  traced: readonly {
    readonly label: string
    readonly structure: Structure
    readonly shown: readonly (readonly ShownVariable[])[]
  }[],
): CommonLeaf[] {
  const [first, ...others] = traced
  for (const { label, structure } of others)
    if (structure.form !== first!.structure.form)
      throw structuresDiffer(name, first!.label, label, first!.structure.form, structure.form)
  return first!.structure.leaves.map(({ path, value }, i): CommonLeaf => {
    const values = traced.map(({ structure }) => structure.leaves[i]!.value)
    if (!(value instanceof Tensor && !value.isVariable) && values.every((each) => Object.is(each, value)))
      return { fixed: value, shown: [] }
    values.forEach((other, b) => {
      if (!fit(value, other)) throw branchesDiffer(name, `result${path}`, first!.label, traced[b]!.label, value, other)
    })
    return { values, shown: traced.flatMap(({ shown }) => shown[i]!) }
  })
}

/** Whether two branches' values can be one value of the graph. */
function fit(a: unknown, b: unknown): boolean {
  if (!isTensorLike(a) || !isTensorLike(b)) return false
  if (a instanceof Tensor && b instanceof Tensor) return sameType(a.type, b.type) && a.weak === b.weak
  const [x, y] = [kindOf(a), kindOf(b)]
  return x === y && x !== 'tensor'
}

export function kindOf(value: Tensor | number | boolean): 'number' | 'boolean' | 'tensor' {
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return value.weak ? 'number' : value.dtype === 'bool' && value.rank === 0 ? 'boolean' : 'tensor'
}
