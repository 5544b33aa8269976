/** Something in a hybrid function that cannot be part of a compiled program. */
export interface Diagnostic {
  /** `error`: it would fail in every call. `note`: it fails if the test turns out to be a tensor; ordinary values are fine. */
  readonly severity: 'error' | 'note'
  readonly code: string
  readonly fileName: string
  /** From 1, in the file as the user wrote it. */
  readonly line: number
  readonly column: number
  /** What it is, and what to write instead. */
  readonly message: string
}

export const diagnosticText = ({ fileName, line, column, code, message }: Diagnostic): string =>
  `${fileName}:${line}:${column}: ${code}: ${message}`

/** Why a statement cannot be converted when its test is a tensor, and what to write instead. */
export const reasons = {
  throw: 'throws, and a compiled program does both sides. Use debug.assert, or test a plain value',
  push: 'changes an array or object from outside it, which a compiled program would do once, not once for each pass. Collect with scan(), stack values into a tensor, or make the array inside',
  member:
    'assigns to an element or property that is only known when it runs. Assign to a variable or to a property written out, and store it afterwards',
  delete: 'deletes a property. Build the object without it',
  await:
    'is in an async function or generator, which is traced only up to its first pause. Take it out into a plain function',
  jump: 'jumps out of a labelled block, a switch or a loop that stays JavaScript. Use if and else, or a variable that the loop tests',
  captured:
    'assigns to its own loop variable, which a function made in it also uses. Use another variable for one of the two',
  functionAfter: 'leaves early before a function declaration. Declare the function first',
  declares: 'declares in one case what another case uses. Declare it before the switch',
} as const

export type ReasonName = keyof typeof reasons
