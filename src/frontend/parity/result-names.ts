import { typeText } from '../../ir/text.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { ResultTemplate } from '../hybridize/results.ts'

/** What people call the results of a recording's graph: `result.loss`, `the gradient of float32[3]`, a label that is printed. */
export function resultNames({
  resultTemplate,
  weakResults,
  gradWrites,
  argumentGradients,
  effects,
}: Recording): string[] {
  const names = Array.from({ length: weakResults.length }, () => 'result')
  const visit = (template: ResultTemplate, path: string): void => {
    if (template.kind === 'result') names[template.position] = path
    if (template.kind === 'array') template.items.forEach((item, i) => visit(item, `${path}[${i}]`))
    if (template.kind === 'object') template.items.forEach((item, i) => visit(item, `${path}.${template.keys[i]}`))
  }
  visit(resultTemplate, 'result')
  for (const { variable, isNull } of gradWrites) if (!isNull) names.push(`the gradient of a ${typeText(variable.type)}`)
  for (const position of argumentGradients) names.push(`the gradient of argument ${position}`)
  for (const effect of effects)
    if (effect.kind === 'print') names.push(`what is printed${effect.label === undefined ? '' : ` as ${effect.label}`}`)
  return names
}

/** What a recorded call returns, in words. */
export function formText(template: ResultTemplate): string {
  switch (template.kind) {
    case 'result':
      return 'a computed tensor'
    case 'host':
      return `a computed ${template.type}`
    case 'argument':
      return `argument ${template.position}`
    case 'same':
      return typeof template.value === 'string' ? JSON.stringify(template.value) : String(template.value)
    case 'view':
      return `a view of a variable (${typeText(template.type)})`
    case 'stale':
      return `a stale view (${typeText(template.type)})`
    case 'array':
      return `an array of ${template.items.length}`
    case 'object':
      return `an object with ${template.keys.join(', ') || 'no keys'}`
  }
}
