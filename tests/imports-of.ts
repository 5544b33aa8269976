const stringOrComment =
  /(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
// The clause between the keyword and `from` spans lines but holds no quote, semicolon or parenthesis.
const statement = /(?:^|;)[ \t]*(?:import|export)\b(?:[^'"`;()]*?\bfrom)?\s*(['"])(?<specifier>[^'"\n]+)\1/gm
const importCall = /\bimport\s*\(\s*(['"`])(?<specifier>[^'"`\n]+)\1/g
// A worker's file, or any other that is found next to the importing one.
const fileUrl = /\bnew\s+URL\s*\(\s*(['"`])(?<specifier>[^'"`\n]+\.ts)\1\s*,\s*import\.meta\.url/g

function withoutComments(text: string): string {
  return text.replace(stringOrComment, (match, string: string | undefined) => (string === undefined ? ' ' : match))
}

/** What a TypeScript text imports or re-exports: values, types, import() calls and file URLs, in no order. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text)
  return [statement, importCall, fileUrl].flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => match.groups?.['specifier'] ?? ''),
  )
}

/** The relative imports that a reader sees at the end of a line: a second, simpler reading to check the first. */
export function relativeImportLines(text: string): string[] {
  return [...text.matchAll(/^(?:import|export|\}).*\bfrom '(\.[^']+)';?$/gm)].map(([, specifier]) => specifier ?? '')
}
