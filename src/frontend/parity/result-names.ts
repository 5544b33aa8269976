import { typeText } from '../../ir/text.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { ResultTemplate } from '../hybridize/results.ts'
import { otherDifference, type Difference } from './difference.ts'

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

/** How the form of what a call returns differs from that of the recorded one. */
export function templateDifference(recorded: Recording, now: Recording): Difference | undefined {
  const compare = (a: ResultTemplate, b: ResultTemplate, path: string): Difference | undefined => {
    const differs = (): Difference => otherDifference(path, formText(b), formText(a))
    if (a.kind === 'result' && b.kind === 'result') {
      const [x, y] = [recorded.graph.results[a.position]!.type, now.graph.results[b.position]!.type]
      return typeText(x) === typeText(y) ? undefined : otherDifference(path, typeText(y), typeText(x))
    }
    if (a.kind === 'argument' && b.kind === 'argument') return a.position === b.position ? undefined : differs()
    if (a.kind === 'same' && b.kind === 'same') return isSame(a.value, b.value) ? undefined : differs()
    if (a.kind === 'view' && b.kind === 'view')
      return a.variable === b.variable && typeText(a.type) === typeText(b.type) ? undefined : differs()
    if (a.kind === 'stale' && b.kind === 'stale') return typeText(a.type) === typeText(b.type) ? undefined : differs()
    const haveItems = (a.kind === 'array' && b.kind === 'array') || (a.kind === 'object' && b.kind === 'object')
    if (!haveItems || a.items.length !== b.items.length) return differs()
    if (a.kind === 'object' && b.kind === 'object' && a.keys.join() !== b.keys.join()) return differs()
    for (const [i, item] of a.items.entries()) {
      const name = a.kind === 'object' ? `.${a.keys[i]}` : `[${i}]`
      const found = compare(item, b.items[i]!, path + name)
      if (found) return found
    }
    return undefined
  }
  return compare(recorded.resultTemplate, now.resultTemplate, 'result') ?? countDifference(recorded, now)
}

/** The form of a result for a call that sees its number arguments as they are. */
export function withNumbers(template: ResultTemplate, leaves: readonly unknown[]): ResultTemplate {
  if (template.kind === 'argument' && typeof leaves[template.position] === 'number')
    return { kind: 'same', value: leaves[template.position] }
  if (template.kind !== 'array' && template.kind !== 'object') return template
  return { ...template, items: template.items.map((item) => withNumbers(item, leaves)) }
}

/** A function that is made anew at each call is compared by what it says. */
const isSame = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'function' && typeof b === 'function' && String(a) === String(b))

function countDifference(recorded: Recording, now: Recording): Difference | undefined {
  const [a, b] = [recorded, now].map(resultNames)
  return a!.join() === b!.join()
    ? undefined
    : otherDifference(
        'what the call leaves',
        b!.slice(now.weakResults.length).join(', ') || 'nothing',
        a!.slice(recorded.weakResults.length).join(', ') || 'nothing',
      )
}

function formText(template: ResultTemplate): string {
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
