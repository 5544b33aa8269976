import { GryphError } from '../base/errors.ts'

export const syntaxNotUnderstood = (fileName: string, reason: string): GryphError =>
  new GryphError(
    'TRANSFORM_SYNTAX',
    `[transform] ${fileName} is no JavaScript module: ${reason}. Take types and JSX out before (in Vite and Rollup: plugins that do come first).`,
  )

export const esbuildMissing = (fileName: string): GryphError =>
  new GryphError(
    'ESBUILD_MISSING',
    `[gryph/register] ${fileName} is TypeScript, and esbuild, which takes its types out, is not installed. Install it (npm install --save-dev esbuild), or run JavaScript.`,
  )

export const notConvertible = (text: string): GryphError => new GryphError('NOT_CONVERTIBLE', `[transform] ${text}`)
