export { diagnosticText, type Diagnostic } from './diagnostics.ts'
export type { SourceMap } from './source-map.ts'
export { transformHybrid, type Transformed, type TransformOptions } from './transform.ts'
