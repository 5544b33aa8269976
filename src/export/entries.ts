import { codeOf, parametersOf, withoutDefault } from '../frontend/guards/parameter-names.ts'
import { internalsOf } from '../frontend/parity/hybrid-internals.ts'
import type { GryphError } from '../base/errors.ts'
import type { Specialisation } from '../frontend/hybridize/specialisation.ts'
import { describeTemplate, signatureText } from '../frontend/hybridize/template.ts'
import type { HybridState } from '../frontend/hybridize/hybridize.ts'
import type { CompileOptions } from '../compile/options.ts'
import { exportOptionInvalid, formsAlike, notExportable, nothingCompiled } from './errors.ts'
import { requireExportable } from './exportable.ts'
import { exampleOf } from './examples.ts'
import type { InputForm, InputForms } from './options.ts'
import { variantOf, type ExportedVariant } from './variant.ts'

/** An entry point on its way out. */
export interface ExportedEntry {
  readonly name: string
  readonly parameters: readonly string[]
  readonly variants: readonly ExportedVariant[]
}

/** A function, and the programs of it that are meant. */
export interface ChosenPrograms {
  readonly functionName: string
  readonly parameters: readonly string[]
  readonly chosen: readonly Specialisation[]
}

/** What is exported of a hybridized function. @throws FUNCTION_EXPECTED, EXPORT_NOT_COMPILED, EXPORT_REFUSED */
export function entryOf(
  name: string,
  fn: unknown,
  inputs: InputForms | undefined,
  options: CompileOptions,
): ExportedEntry {
  const { functionName, parameters, chosen } = programsOf('exportModule', fn, inputs)
  return {
    name,
    parameters,
    variants: chosen.map((specialisation) => variantOf(functionName, specialisation, parameters, options)),
  }
}

/** The programs for `inputs`, or all that the function has; each can do without its JavaScript. @throws as `entryOf` */
export function programsOf(where: string, fn: unknown, inputs: InputForms | undefined): ChosenPrograms {
  const internals = internalsOf(where, fn)
  const { state, written } = internals
  const { functionName } = state
  const own = parametersOf(codeOf(String(written))).map(withoutDefault)
  const names = inputs === undefined || Array.isArray(inputs) ? [] : Object.keys(inputs)
  names.forEach((given, i) => requireInPlace(where, given, i, own))
  const parameters = [...names, ...own.slice(names.length)]
  const examples = inputs && Object.values(inputs).map((form: InputForm) => exampleOf(form, where))
  const chosen = examples ? [internals.prepare(examples) ?? hostReadRefused(where, state)] : formsOf(where, state)
  for (const { recording } of chosen) requireExportable(where, functionName, recording)
  return { functionName, parameters, chosen }
}

function hostReadRefused(where: string, { functionName, hostRead }: HybridState): never {
  if (!hostRead)
    throw notExportable(
      where,
      functionName,
      'makes variables when it is called first',
      'Call it once before, or make them outside of it',
    )
  const what = `reads values on the host: ${hostRead.what}${hostRead.source ? ` at ${hostRead.source}` : ''}`
  throw notExportable(where, functionName, what, 'Return the tensor, and read it outside')
}

/** Inputs are in the order of the parameters: their names in another order would be taken for each other. */
function requireInPlace(where: string, name: string, position: number, parameters: readonly string[]): void {
  const place = parameters.indexOf(name)
  if (place >= 0 && place !== position)
    throw exportOptionInvalid('inputs', `not in order: ${name} is parameter ${place}`, parameters.join(', '), where)
}

/** The programs a function has: one for each form of what callers give. */
function formsOf(where: string, state: HybridState): Specialisation[] {
  const { functionName, specialisations, hostRead } = state
  if (hostRead) hostReadRefused(where, state)
  if (specialisations.length === 0) throw nothingCompiled(where, functionName)
  const forms = new Map<string, Specialisation>()
  for (const specialisation of specialisations) {
    const form = formText(specialisation)
    const known = forms.get(form)
    // What was made for other modes and settings than those of now is not meant.
    if (!holdsNow(specialisation)) continue
    if (known) throw formsAlike(where, functionName, signatureText(specialisation.template))
    forms.set(form, specialisation)
  }
  if (forms.size === 0) throw madeForOtherTimes(where, functionName, specialisations[0]!)
  return [...forms.values()]
}

function madeForOtherTimes(
  where: string,
  functionName: string,
  { recording: { guards, fieldGuards } }: Specialisation,
): GryphError {
  const failing = guards.filter((guard) => !guardHolds(() => guard.holds([])))
  const [{ subject, was, now } = { subject: 'a field', was: 'as it was', now: 'another' }] = [
    ...failing.map((guard) => guard.failure([])),
    ...fieldGuards.failures(),
  ]
  return notExportable(
    where,
    functionName,
    `was compiled where ${subject} was ${was}, and now it is ${now}`,
    'Call it again as it is now, or say what it takes with { inputs: [...] }',
  )
}

/** What callers of the artefact can tell apart. */
const formText = ({ template }: Specialisation): string =>
  template.items
    .slice(1)
    .map((item) => describeTemplate(item).replaceAll(' requiresGrad', ''))
    .join(', ')

/** One that changes fields of objects is refused in any case. */
const holdsNow = ({ recording: { guards, fieldGuards, fieldWrites } }: Specialisation): boolean =>
  fieldWrites.length > 0 || (fieldGuards.holds() && guards.every((guard) => guardHolds(() => guard.holds([]))))

/** Conditions on arguments have none to look at. */
function guardHolds(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return true
  }
}
