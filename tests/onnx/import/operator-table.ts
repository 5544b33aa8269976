import type { Outcome } from './operator-models.ts'

export interface Row extends Outcome {
  readonly name: string
}

/** Counts by operator, as Markdown: models of one operator under its name, and those of several together. */
export function operatorTable(rows: readonly Row[]): string {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const name = row.operators.length === 1 ? row.operators[0]! : composed
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  const count = (of: readonly Row[], status: Outcome['status']): number =>
    of.filter((row) => row.status === status).length
  const lines = [...groups].toSorted(([a], [b]) => (a === composed ? 1 : b === composed ? -1 : a < b ? -1 : 1))
  const total = [['all', rows] as const, ...lines]
  return [
    '| operator | passed | failed | unsupported |',
    '| --- | --- | --- | --- |',
    ...total.map(
      ([name, of]) =>
        `| ${name === composed || name === 'all' ? name : `\`${name}\``} | ${count(of, 'passed')} | ${count(of, 'failed')} | ${count(
          of,
          'unsupported',
        )}${count(of, 'unsupported') === 0 || of === rows ? '' : `: ${reasons(of)}`} |`,
    ),
  ].join('\n')
}

const composed = 'several operators'

/** What was missing, without the node and the remedy. */
function reasons(rows: readonly Row[]): string {
  const texts = rows
    .filter(({ status }) => status === 'unsupported')
    .map(({ reason }) => {
      const operator = /no counterpart of: (\S+) of opset/.exec(reason)?.[1]
      if (operator) return `no \`${operator}\``
      const type = /elements? (?:of type|type) ([^.,]+?)(?:\.|,|$)/.exec(reason)?.[1]
      if (type) return type.startsWith('text') ? 'texts, lists, or types of 8 bits and fewer' : type
      return /\) (.+), which gryph/.exec(reason)?.[1] ?? reason
    })
  return [...new Set(texts)].toSorted().join(', ')
}
