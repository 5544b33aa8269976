import { parametersOf, withoutDefault } from '../frontend/guards/parameter-names.ts'
import { internalsOf } from '../frontend/parity/hybrid-internals.ts'
import type { Specialisation } from '../frontend/hybridize/specialisation.ts'
import { describeTemplate, signatureText } from '../frontend/hybridize/template.ts'
import type { HybridState } from '../frontend/hybridize/hybridize.ts'
import type { CompileOptions } from '../compile/options.ts'
import { formsAlike, notExportable, nothingCompiled } from './errors.ts'
import { requireExportable } from './exportable.ts'
import { exampleOf } from './examples.ts'
import type { InputForms } from './options.ts'
import { variantOf, type ExportedVariant } from './variant.ts'

/** An entry point on its way out. */
export interface ExportedEntry {
  readonly name: string
  readonly parameters: readonly string[]
  readonly variants: readonly ExportedVariant[]
}

/** What is exported of a hybridized function. @throws FUNCTION_EXPECTED, EXPORT_NOT_COMPILED, EXPORT_REFUSED */
export function entryOf(
  name: string,
  fn: unknown,
  inputs: InputForms | undefined,
  options: CompileOptions,
): ExportedEntry {
  const internals = internalsOf('exportModule', fn)
  const { state, written } = internals
  const { functionName } = state
  const isNamed = inputs !== undefined && !Array.isArray(inputs)
  const parameters = isNamed ? Object.keys(inputs) : parametersOf(String(written)).map(withoutDefault)
  const examples = inputs && Object.values(inputs).map(exampleOf)
  const chosen = examples ? [internals.prepare(examples) ?? hostReadRefused(state)] : formsOf(state)
  return {
    name,
    parameters,
    variants: chosen.map((specialisation) => {
      requireExportable('exportModule', functionName, specialisation.recording)
      return variantOf(functionName, specialisation, parameters, options)
    }),
  }
}

function hostReadRefused({ functionName, hostRead }: HybridState): never {
  const what = hostRead
    ? `reads values on the host: ${hostRead.what}${hostRead.source ? ` at ${hostRead.source}` : ''}`
    : 'makes variables of its own at each call'
  throw notExportable('exportModule', functionName, what, 'Return the tensor, and read it outside')
}

/** The programs a function has: one for each form of what callers give. */
function formsOf(state: HybridState): Specialisation[] {
  const { functionName, specialisations, hostRead } = state
  if (hostRead) hostReadRefused(state)
  if (specialisations.length === 0) throw nothingCompiled('exportModule', functionName)
  const forms = new Map<string, Specialisation>()
  for (const specialisation of specialisations) {
    const form = formText(specialisation)
    const known = forms.get(form)
    // Where two differ in modes and settings, the one for the present ones is meant.
    if (known && holdsNow(known) === holdsNow(specialisation))
      throw formsAlike(functionName, signatureText(specialisation.template))
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
