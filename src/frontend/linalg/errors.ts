import { GryphError } from '../../base/errors.ts'
import { shapeText, type Shape } from '../../base/shape.ts'

export const notSquare = (where: string, shape: Shape): GryphError =>
  new GryphError(
    'MATRIX_NOT_SQUARE',
    `[${where}] the matrix has shape ${shapeText(shape)}. Give one whose last two sizes are equal.`,
  )

export const rightSide = (matrix: Shape, given: Shape): GryphError =>
  new GryphError(
    'SOLVE_SHAPE',
    `[linalg.solve] the matrix has shape ${shapeText(matrix)}, and the right side ${shapeText(given)}. Give [n, n] and [n] or [n, k].`,
  )
