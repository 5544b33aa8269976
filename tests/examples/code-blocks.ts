import { readFileSync } from 'node:fs'

/** A TypeScript block of a Markdown page. */
export interface CodeBlock {
  /** `page:line` of its first line of code. */
  readonly place: string
  readonly code: string
  /** Fragments are marked `ts no-run` and neither run nor type-checked. */
  readonly isFragment: boolean
}

/** Every block fenced as `ts`, in order. */
export function codeBlocks(root: string, page: string): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { fence: string; first: number; lines: string[] } | undefined
  for (const [i, line] of readFileSync(`${root}/${page}`, 'utf8').split('\n').entries()) {
    if (!open && line.startsWith('```')) open = { fence: line.slice(3).trim(), first: i + 2, lines: [] }
    else if (open && line.startsWith('```')) {
      const [language, ...marks] = open.fence.split(' ')
      if (language === 'ts')
        blocks.push({
          place: `${page}:${open.first}`,
          code: open.lines.join('\n'),
          isFragment: marks.includes('no-run'),
        })
      open = undefined
    } else open?.lines.push(line)
  }
  if (open) throw new Error(`${page}: the block at line ${open.first} is not closed`)
  return blocks
}

const documentedLine = /^(\s*)console\.log\((.*)\) +\/\/ (.*)$/gm

/** How many results a block documents. */
export const documentedResults = ({ code }: CodeBlock): number => [...code.matchAll(documentedLine)].length

/**
 * The block as a module that fails where `console.log(…) // text` prints anything but that text. Runs of white space count as one
 * space, so that a matrix fits on the line.
 */
export function checkedModule({ code, place }: CodeBlock): string {
  const checked = code.replace(
    documentedLine,
    (_, indent: string, values: string, text: string) =>
      `${indent}printsDocumented(${JSON.stringify(text)}, ${values})`,
  )
  return `${checked}
import { format as formatPrinted } from 'node:util'
function printsDocumented(expected: string, ...values: unknown[]): void {
  const flat = (text: string): string => text.replace(/\\s+/g, ' ').trim()
  const printed = flat(formatPrinted(...values))
  if (printed === flat(expected)) return
  console.error(${JSON.stringify(place)} + ': documented ' + expected + ', printed ' + printed)
  process.exitCode = 1
}
`
}
