import { GryphError } from '../../base/errors.ts'
import { VariableNeeded } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'
import type { Specialisation } from './specialisation.ts'
import type { Template } from './template.ts'

/** So many programs are bound to variables by identity before one takes any variable of the type. */
const boundPrograms = 2

/**
 * The form of a call in which other variables stand where there have been some already: any variable of the type may stand there. A program
 * that reads variables where they are copies nothing, but leaves made anew for each call would get a program each.
 */
export function withAnyLeaf<T extends Template>(
  template: T,
  specialisations: readonly Specialisation[],
  signature: readonly unknown[],
  gradEnabled: boolean,
): T {
  const alike = specialisations.filter((each) => {
    const failures = each.failures(signature, gradEnabled)
    return failures.length > 0 && failures.every(({ kind, now }) => kind === 'variable' && now === 'another variable')
  })
  if (alike.length < boundPrograms) return template
  const forms = alike.map((each) => each.template)
  return generalised(template, forms) as T // forms of one kind are generalised to that kind
}

function generalised(template: Template, others: readonly Template[]): Template {
  if (template.kind === 'variable') {
    const { variable } = template
    if (others.every((other) => other.kind === 'variable' && other.variable === variable)) return template
    return { kind: 'leaf', type: variable.type, requiresGrad: variable.requiresGrad }
  }
  if (template.kind !== 'array' && template.kind !== 'object') return template
  const items = template.items.map((item, i) =>
    generalised(
      item,
      others.map((other) => (other.kind === template.kind ? other.items[i]! : other)),
    ),
  )
  return { ...template, items }
}

export function hasLeafForm(template: Template): boolean {
  if (template.kind === 'leaf') return true
  return (template.kind === 'array' || template.kind === 'object') && template.items.some(hasLeafForm)
}

/** The form bound to the variables of a call. */
export function boundTo(template: Template, value: unknown): Template {
  switch (template.kind) {
    case 'leaf':
      return { kind: 'variable', variable: value as Tensor } // the template was made from this value
    case 'array':
      return { ...template, items: template.items.map((item, i) => boundTo(item, (value as readonly unknown[])[i])) } // as above
    case 'object': {
      const object = value as Record<string, unknown> // as above
      return { ...template, items: template.items.map((item, i) => boundTo(item, object[template.keys[i]!])) }
    }
    default:
      return template
  }
}

/** Whether an error can come of a value that stands for a variable. */
export const mayNeedVariable = (error: unknown): boolean =>
  error instanceof VariableNeeded || (error instanceof GryphError && error.code === 'NOT_A_VARIABLE')
