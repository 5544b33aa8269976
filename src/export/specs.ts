import { isStackFull } from '../autograd/residuals.ts'
import { dtypeInfo } from '../base/dtype.ts'
import { contiguousLayout } from '../base/layout.ts'
import type { TensorType } from '../base/shape.ts'
import type { ResultTemplate } from '../frontend/hybridize/results.ts'
import { Tensor } from '../frontend/tensor.ts'
import { inDependencyOrder, isNode } from '../ir/graph.ts'
import { hashGraph } from '../ir/hash.ts'
import type { CheckSite } from '../kernel/ir.ts'
import { notExportable } from './errors.ts'
import type { ArtefactLayout } from './layout.ts'
import type {
  CheckSpec,
  ExpectedSpec,
  InputSpec,
  OutputSpec,
  ProgramSpec,
  ResultSpec,
  VariantSpec,
} from './manifest.ts'
import { pathText, type ExportedVariant } from './variant.ts'

/** What the run-time has to know about one program. */
export function variantSpec(
  variant: ExportedVariant,
  run: string,
  layout: ArtefactLayout,
  expected: ExpectedSpec | null,
): VariantSpec {
  const { compiled, specialisation } = variant
  const { plan, traced } = compiled
  const results = plan.results.slice(0, resultCount(variant)).map(({ buffer, elementOffset }, i): ResultSpec => {
    const { dtype, shape } = traced.results[i]!.type
    return { dtype, shape, byteOffset: layout.addressOf(compiled, buffer) + elementOffset * dtypeInfo[dtype].byteSize }
  })
  return {
    run,
    ...(plan.threads.threads > 1 ? { isThreaded: true as const } : {}),
    graphHash: hashGraph(traced),
    inputs: inputSpecs(variant, layout),
    settings: variant.settings,
    results,
    output: outputSpec(variant, specialisation.recording.resultTemplate, layout),
    checks: plan.checkSites.map(checkSpec),
    expected,
  }
}

/** What the programs do, for people. */
export const programSpecs = (programs: ReadonlyMap<string, ExportedVariant>): ProgramSpec[] =>
  [...programs].map(([run, { compiled }]) => {
    const { traced, plan } = compiled
    const ops: Record<string, number> = {}
    for (const value of inDependencyOrder(traced)) if (isNode(value)) ops[value.op] = (ops[value.op] ?? 0) + 1
    return { run, ops, kernels: plan.kernels.map(({ name }) => name), arenaBytes: plan.memory.byteLength }
  })

/** Results that the function returns; the values of effects come after them. */
export const resultCount = ({ specialisation }: ExportedVariant): number => specialisation.recording.weakResults.length

function inputSpecs({ given, compiled, specialisation }: ExportedVariant, layout: ArtefactLayout): InputSpec[] {
  const { sources } = specialisation.recording
  const addresses = new Map<number, number>()
  for (const [input, buffer] of compiled.plan.inputs) {
    const source = sources.get(input)
    if (source?.kind === 'argument') addresses.set(source.position, layout.addressOf(compiled, buffer))
  }
  return given.map(({ path, type, isNumber, position }) => ({
    text: `${pathText(path)}: ${isNumber ? 'a number' : elementsText(type)}`,
    path,
    dtype: type.dtype,
    shape: type.shape,
    isNumber,
    byteOffset: addresses.get(position) ?? null,
  }))
}

const elementsText = ({ dtype, shape }: TensorType): string =>
  `${dtypeInfo[dtype].array.name} of shape [${shape.join(', ')}]`

function outputSpec(variant: ExportedVariant, template: ResultTemplate, layout: ArtefactLayout): OutputSpec {
  const { functionName, given, compiled } = variant
  const refuse = (what: string, remedy: string): never => {
    throw notExportable('exportModule', functionName, `returns ${what}`, remedy)
  }
  const stateOf = (
    variable: Tensor,
    { shape, layout: lies = contiguousLayout(shape) }: Pick<Tensor, 'shape' | 'layout'>,
  ): OutputSpec => ({
    kind: 'state',
    dtype: variable.dtype,
    shape,
    strides: lies.strides,
    byteOffset: layout.addressOfState(variable) + lies.offset * dtypeInfo[variable.dtype].byteSize,
  })
  switch (template.kind) {
    case 'result': {
      const { shape } = compiled.traced.results[template.position]!.type
      return { kind: 'result', position: template.position, as: shape.length === 0 ? 'number' : 'array' }
    }
    case 'host':
      return { kind: 'result', position: template.position, as: template.type }
    case 'argument': {
      const position = given.findIndex((leaf) => leaf.position === template.position)
      return position < 0
        ? refuse('a variable that it was given', 'Return a copy: variable.clone()')
        : { kind: 'input', position }
    }
    case 'view':
      return stateOf(template.variable, { shape: template.type.shape, layout: template.layout })
    case 'stale':
      return refuse('a view of a state that it replaced afterwards', 'Return a copy taken before: view.clone()')
    case 'same': {
      const { value } = template
      if (value === undefined) return { kind: 'value' }
      if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
        return { kind: 'value', number: (value === 0 ? '-0' : String(value)) as '-0' | 'NaN' } // and the infinities
      if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
        return { kind: 'value', value }
      if (value instanceof Tensor && value.isVariable) return stateOf(value, value)
      return refuse(
        'something that is no tensor, number, string or boolean of the call',
        'Return what the call computes',
      )
    }
    case 'array':
      return { kind: 'array', items: template.items.map((item) => outputSpec(variant, item, layout)) }
    case 'object':
      return {
        kind: 'object',
        keys: template.keys,
        items: template.items.map((item) => outputSpec(variant, item, layout)),
      }
  }
}

/** Where gryph would make the program anew, with more room. */
export const loopTooLong = 'ARTEFACT_LOOP_TOO_LONG'

/** Messages are functions of the reported value; most have it in the text as it is. */
function checkSpec({ site, code, describe, source }: CheckSite): CheckSpec {
  if (isStackFull(source))
    return {
      site,
      code: loopTooLong,
      message:
        'a loop makes more passes than its gradient has room for. Before the export, call the function with inputs that make as many.',
    }
  const where = source === undefined ? '' : ` At ${source}.`
  const [first, second] = [1_000_003, 1_000_033]
  const template = describe(first).replace(String(first), '{value}')
  const isTemplate = template === describe(second).replace(String(second), '{value}')
  const message = isTemplate ? template : `${describe(0).replace(/ (at|is) .*$/, '')} (reported: {value}).`
  return { site, code, message: message + where }
}
