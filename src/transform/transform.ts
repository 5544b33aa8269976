import { parse, type Program } from 'acorn'
import { analyse, type Analysis } from './analysis.ts'
import { reasons, type Diagnostic } from './diagnostics.ts'
import { Emission } from './emitter.ts'
import { syntaxNotUnderstood } from './errors.ts'
import { freeNames } from './free-names.ts'
import { emitFunction } from './functions.ts'
import { hybridFunctions } from './hybrid-functions.ts'
import { surelyTensor } from './may-trace.ts'
import { joined, textOf, type Piece } from './pieces.ts'
import { resolveScopes } from './scopes.ts'
import { lineColumns, originFinder, sourceMapOf, type SourceMap } from './source-map.ts'
import { emitNode } from './statements.ts'
import type { FunctionNode, Node } from './syntax.ts'

export interface TransformOptions {
  /** The file as the user knows it, for positions in errors and diagnostics. */
  readonly fileName: string
  /** The map of `code` itself, where another tool made it: positions lead to its source. */
  readonly inputMap?: SourceMap | undefined
  /** Whether whoever asks joins the maps: then `inputMap` serves for positions in messages only. */
  readonly isMapChained?: boolean
  /** What the output imports the run-time part from. */
  readonly packageName?: string
}

export interface Transformed {
  readonly code: string
  readonly map: SourceMap
  readonly diagnostics: readonly Diagnostic[]
}

/** Whether a text is worth parsing. */
export const mayHold = (code: string): boolean => code.includes('use hybrid') || /\bhybridize\b/.test(code)

/**
 * Rewrites the control flow of the hybrid functions in a JavaScript module, in place: lines stay. Undefined where there are none.
 *
 * @throws GryphError TRANSFORM_SYNTAX where the text is no JavaScript
 */
export function transformHybrid(code: string, options: TransformOptions): Transformed | undefined {
  const { fileName, inputMap, packageName = 'gryph' } = options
  if (!mayHold(code)) return undefined
  const program = parseModule(code, fileName)
  const scopes = resolveScopes(program)
  const functions = hybridFunctions(program, scopes, packageName)
  const place = lineColumns(code)
  const trace = inputMap && originFinder(inputMap)
  const positionOf = (offset: number): { line: number; column: number } => {
    const at = place(offset)
    const origin = trace?.(at.line, at.column) ?? at
    return { line: origin.line + 1, column: origin.column + 1 }
  }
  const diagnose = (node: Node, severity: Diagnostic['severity'], message: string): Diagnostic => ({
    severity,
    code: 'NOT_CONVERTIBLE',
    fileName,
    ...positionOf(node.start),
    message,
  })
  const diagnostics: Diagnostic[] = misplacedDirectives(program).map((node) =>
    diagnose(node, 'error', "'use hybrid' marks a function: write it as the first statement of its body."),
  )
  if (functions.length === 0 && diagnostics.length === 0) return undefined

  const taken = new Set(code.match(/__\w+/g))
  const counts = new Map<string, number>()
  const newName = (stem: string): string => {
    let count = counts.get(stem) ?? 0
    let name = ''
    do {
      name = `__${stem}${count || ''}`
      count++
    } while (taken.has(name))
    counts.set(stem, count)
    return name
  }
  const runtime = newName('h')
  const shortName = fileName.split(/[\\/]/).at(-1)!
  const pieces: Piece[] = []
  let at = 0
  let isChanged = false
  for (const fn of functions) {
    if (fn.async || fn.generator) {
      diagnostics.push(diagnose(fn, 'error', `this function ${reasons.await}.`))
      continue
    }
    const analysis = analyse(fn, scopes)
    const free = freeNames(fn, scopes, code)
    diagnostics.push(...blockedIn(analysis, diagnose))
    const names = { runtime, freeObject: newName('free'), newName }
    const emission = new Emission(
      fn,
      code,
      analysis,
      free,
      names,
      (offset) => {
        const { line, column } = positionOf(offset)
        return `${shortName}:${line}:${column}`
      },
      emitNode,
    )
    const getters = free.texts.map((text) => `${JSON.stringify(text)}, () => ${text.replaceAll(/\.(?=[\w$])/g, '?.')}`)
    const name = nameOf(fn, shortName, positionOf(fn.start).line)
    const registered =
      getters.length === 0 ? '' : `${runtime}.isRecording() && [${JSON.stringify(name)}, ${getters.join(', ')}]`
    const text = emitFunction(emission, fn, registered)
    isChanged ||= text.some((piece) => typeof piece === 'string')
    pieces.push({ start: at, end: fn.start }, ...text)
    at = fn.end
  }
  if (!isChanged && diagnostics.length === 0) return undefined
  pieces.push(
    ...withImport(code, at, `import { hybrid as ${runtime} } from ${JSON.stringify(packageName)};`, isChanged),
  )
  const output = joined(pieces)
  return {
    code: textOf(code, output),
    map: sourceMapOf(code, output, fileName, options.isMapChained ? undefined : inputMap),
    diagnostics,
  }
}

function parseModule(code: string, fileName: string): Program {
  try {
    return parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true })
  } catch (error) {
    throw syntaxNotUnderstood(fileName, error instanceof Error ? error.message : String(error))
  }
}

/** The import goes to the end, where it moves nothing: imports are bound before anything runs. A comment that names the map before is left out. */
function withImport(code: string, from: number, text: string, isNeeded: boolean): Piece[] {
  const comment = /\n?\/\/# sourceMappingURL=.*\s*$/.exec(code)
  const end = comment && comment.index >= from ? comment.index : code.length
  if (!isNeeded) return [{ start: from, end: code.length }]
  const lineBreak = code[end - 1] === '\n' ? '' : '\n'
  return [{ start: from, end }, `${lineBreak}${text}\n`]
}

const misplacedDirectives = (program: Program): Node[] =>
  program.body.filter((statement) => 'directive' in statement && statement.directive === 'use hybrid')

function nameOf(fn: FunctionNode, fileName: string, line: number): string {
  const name = fn.type === 'ArrowFunctionExpression' ? undefined : fn.id?.name
  return name ?? `${fileName}:${line}`
}

function blockedIn(
  { blocked }: Analysis,
  diagnose: (node: Node, severity: Diagnostic['severity'], message: string) => Diagnostic,
): Diagnostic[] {
  return [...blocked].flatMap(([control, { reason, node }]) => {
    const test = 'test' in control ? control.test : undefined
    if (!test) return []
    const severity = surelyTensor(test as Node) ? 'error' : 'note'
    return [
      diagnose(
        node,
        severity,
        `if the test of this ${wordFor(control)} is a tensor, it cannot be compiled, for it ${reasons[reason]}.`,
      ),
    ]
  })
}

const wordFor = (node: Node): string =>
  node.type === 'IfStatement' ? 'if' : node.type === 'ConditionalExpression' ? 'conditional expression' : 'loop'
