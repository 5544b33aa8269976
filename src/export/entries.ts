import { parametersOf, withoutDefault } from '../frontend/guards/parameter-names.ts'
import { internalsOf } from '../frontend/parity/hybrid-internals.ts'
import type { Specialisation } from '../frontend/hybridize/specialisation.ts'
import { describeTemplate, signatureText } from '../frontend/hybridize/template.ts'
import type { HybridState } from '../frontend/hybridize/hybridize.ts'
import type { CompileOptions } from '../compile/options.ts'
import { formsAlike, notExportable, nothingCompiled } from './errors.ts'
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
  const isNamed = inputs !== undefined && !Array.isArray(inputs)
  const parameters = isNamed ? Object.keys(inputs) : parametersOf(String(written)).map(withoutDefault)
  const examples = inputs && Object.values(inputs).map((form: InputForm) => exampleOf(form, where))
  const chosen = examples ? [internals.prepare(examples) ?? hostReadRefused(where, state)] : formsOf(where, state)
  for (const { recording } of chosen) requireExportable(where, functionName, recording)
  return { functionName, parameters, chosen }
}

function hostReadRefused(where: string, { functionName, hostRead }: HybridState): never {
  const what = hostRead
    ? `reads values on the host: ${hostRead.what}${hostRead.source ? ` at ${hostRead.source}` : ''}`
    : 'makes variables of its own at each call'
  throw notExportable(where, functionName, what, 'Return the tensor, and read it outside')
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
    // Where two differ in modes and settings, the one for the present ones is meant.
    if (known && holdsNow(known) === holdsNow(specialisation))
      throw formsAlike(where, functionName, signatureText(specialisation.template))
    if (!known || holdsNow(specialisation)) forms.set(form, specialisation)
  }
  return [...forms.values()]
}

/** Without what is no input. */
const formText = ({ template }: Specialisation): string =>
  template.items
    .slice(1)
    .map((item) =>
      item.kind === 'static' || item.kind === 'variable' ? '' : describeTemplate(item).replaceAll(' requiresGrad', ''),
    )
    .join(', ')

const holdsNow = ({ recording: { guards, fieldGuards } }: Specialisation): boolean =>
  fieldGuards.holds() && guards.every((guard) => guardHolds(() => guard.holds([])))

/** Conditions on arguments have none to look at. */
function guardHolds(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    return true
  }
}
