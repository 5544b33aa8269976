import { GryphError } from '../../base/errors.ts'
import { differenceText, type Difference } from './difference.ts'
import type { FrozenValue } from './frozen.ts'

/** Where eager and compiled execution part, as far as it could be narrowed down. `String(finding)` is a page of text. */
export interface Finding {
  readonly functionName: string
  /** What differs; undefined where both give the same bits. */
  readonly difference: Difference | undefined
  /**
   * - none: no difference;
   * - frozen value: the recording no longer says what the function does;
   * - recording: the graph, its ops carried out one by one, does not do what the JavaScript does: a fault in how a branch, a loop or a gradient
   *   was recorded, or one of the documented differences;
   * - pass: a graph pass changes a value;
   * - kernel: a kernel gives other bits than its ops one by one;
   * - memory plan: a kernel reads bytes that another one has written over;
   * - threads: the difference is there only with several;
   * - program: each kernel alone is right.
   */
  readonly cause: 'none' | 'frozen value' | 'recording' | 'pass' | 'kernel' | 'memory plan' | 'threads' | 'program'
  readonly frozen: FrozenValue | undefined
  /** Name of the pass. */
  readonly pass: string | undefined
  /** Name of the kernel, as `explain` has it. */
  readonly kernel: string | undefined
  /** Where it may be a difference that docs/assumptions.md allows, what that is. */
  readonly documented: string | undefined
  /** The first op whose value is wrong, and the user's line; of a recording, the branches and loops that it depends on, the last first. */
  readonly op: string | undefined
  readonly source: string | undefined
  /** Compilations under which the difference is gone. */
  readonly goneWith: readonly string[]
  /** Text of a JavaScript module that shows the difference by itself, with the package alone. */
  readonly reproduction: string | undefined
  /** Writes it to a file; only where there is a file system. */
  writeReproduction(path: string): Promise<void>
  toString(): string
}

function reproductionUnwritable(path: string, cause: unknown): GryphError {
  const error = new GryphError(
    'REPRODUCTION_UNWRITABLE',
    `[writeReproduction] ${path} cannot be written, because node:fs cannot be loaded here. Take the text from reproduction.`,
  )
  error.cause = cause
  return error
}

/** What a finding is made of; what is left out is not known. */
export type FindingParts = Pick<Finding, 'functionName' | 'cause'> &
  Partial<Omit<Finding, 'writeReproduction' | 'toString'>>

export function makeFinding(parts: FindingParts): Finding {
  const data = {
    difference: undefined,
    frozen: undefined,
    documented: undefined,
    pass: undefined,
    kernel: undefined,
    op: undefined,
    source: undefined,
    goneWith: [],
    reproduction: undefined,
    ...parts,
  }
  const methods = {
    writeReproduction: async (path: string): Promise<void> => {
      // As in loadIdxFile: with a catch, bundlers for pages leave the import alone.
      const { writeFile } = await import('node:fs/promises').catch((cause: unknown) => {
        throw reproductionUnwritable(path, cause)
      })
      await writeFile(path, data.reproduction ?? `// ${findingText(data).replaceAll('\n', '\n// ')}\n`)
    },
    toString: () => findingText(data),
  }
  // Not enumerable, so that the data prints and serialises as data.
  return Object.defineProperties(
    { ...data, ...methods },
    { writeReproduction: { enumerable: false }, toString: { enumerable: false } },
  )
}

function findingText(finding: Omit<Finding, 'writeReproduction' | 'toString'>): string {
  const { functionName, difference, cause, frozen, documented, pass, kernel, op, source, goneWith } = finding
  if (!difference && !frozen) return `${functionName}: eager and compiled give the same bits`
  const at = (line: string | undefined): string => (line === undefined ? '' : `  (${line})`)
  const lines = [
    difference ? `${functionName}: ${differenceText(difference)}` : `${functionName}: the same bits, so far`,
  ]
  if (frozen) lines.push(`  frozen value: ${frozen.description}${at(frozen.source)}`)
  else lines.push(`  cause: ${cause}`)
  if (documented !== undefined) lines.push(`  ${documented}`)
  if (pass !== undefined) lines.push(`  pass: ${pass}`)
  if (kernel !== undefined) lines.push(`  kernel: ${kernel}`)
  if (op !== undefined) lines.push(`  op: ${op}${cause === 'recording' ? '' : at(source)}`)
  if (goneWith.length > 0) lines.push(`  gone with: ${goneWith.join(', ')}`)
  return lines.join('\n')
}
