import { GryphError } from '../base/errors.ts'

/** Where reading stopped: line and column count from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
  readonly text: string
}

export const irSyntax = ({ line, column, text }: TextPosition, expected: string): GryphError =>
  new GryphError(
    'IR_SYNTAX',
    `[parseGraph] line ${line}, column ${column} is not IR text: expected ${expected}. Correct this line:\n  ${text.trim()}`,
  )

export const irUnknownName = ({ line, text }: TextPosition, name: string): GryphError =>
  new GryphError(
    'IR_UNKNOWN_NAME',
    `[parseGraph] line ${line} uses ${name}, which is not defined above it. Define it first, or correct the name:\n  ${text.trim()}`,
  )

export const irNameTaken = ({ line, text }: TextPosition, name: string): GryphError =>
  new GryphError(
    'IR_NAME_TAKEN',
    `[parseGraph] line ${line} defines ${name} a second time. Give it a name of its own:\n  ${text.trim()}`,
  )

export const irUnknownOp = ({ line, text }: TextPosition, op: string): GryphError =>
  new GryphError(
    'IR_UNKNOWN_OP',
    `[parseGraph] line ${line} applies ${op}, which is not a primitive. Correct the name:\n  ${text.trim()}`,
  )
