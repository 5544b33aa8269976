import './frontend/eager.ts'

export type { Dtype, TypedArray } from './base/dtype.ts'
export { GryphError } from './base/errors.ts'
export type { Shape } from './base/shape.ts'
export { noGrad } from './frontend/context.ts'
export { cond, isTraced, switchCase, type Test } from './frontend/control/cond.ts'
export { forLoop } from './frontend/control/for-loop.ts'
export type { LoopOptions } from './frontend/control/loop-options.ts'
export { scan, type ScanOptions } from './frontend/control/scan.ts'
export { whileLoop } from './frontend/control/while-loop.ts'
export { assign, tensor, variable, type CreateOptions } from './frontend/create.ts'
export { arange, eye, full, linspace, ones, zeros } from './frontend/fill.ts'
export * from './frontend/functions/activations.ts'
export * from './frontend/functions/attention.ts'
export * from './frontend/functions/elementwise.ts'
export * from './frontend/functions/images.ts'
export * from './frontend/functions/layers.ts'
export * from './frontend/functions/losses.ts'
export * from './frontend/functions/structure.ts'
export {
  classifyCriticalPoint,
  type CriticalPoint,
  type CriticalPointKind,
  type CriticalPointOptions,
} from './frontend/differentiation/critical-point.ts'
export { customVjp } from './frontend/differentiation/custom-vjp.ts'
export {
  gradCheck,
  type CheckedElement,
  type GradCheck,
  type GradCheckOptions,
} from './frontend/differentiation/grad-check.ts'
export { hessian, jacobian, type Hessian, type Jacobian } from './frontend/differentiation/jacobian.ts'
export { hvp, jvp } from './frontend/differentiation/jvp.ts'
export {
  minimizeNewton,
  newtonStep,
  type MinimizeNewtonOptions,
  type NewtonOptions,
  type NewtonResult,
} from './frontend/differentiation/newton.ts'
export { vjp, type Pullback } from './frontend/differentiation/vjp.ts'
export * as debug from './frontend/debug/index.ts'
export { grad, valueAndGrad } from './frontend/gradients.ts'
export type { FrozenValue } from './frontend/guards/frozen-value.ts'
export type { GuardFailure, GuardKind } from './frontend/guards/guard-failure.ts'
export type { DynamicAxesOption } from './frontend/dynamic-axes/dynamic-axes.ts'
export type { DynamicReport, Explanation, Fallback, SpecialisationReport } from './frontend/hybridize/explain.ts'
export type { PassStage, ReadableGraph, SpecialisationGraphs } from './frontend/hybridize/graphs.ts'
export { hybridize, type Hybridized, type HybridizeStats } from './frontend/hybridize/hybridize.ts'
export type { HybridizeOptions } from './frontend/hybridize/options.ts'
export type { Profile, ProfileFunction, ProfileRow, ProgramProfile } from './frontend/hybridize/profile.ts'
export {
  compareModes,
  type CompareOptions,
  type ModeComparison,
  type ModeMeasures,
} from './frontend/parity/compare-modes.ts'
export type { Difference } from './frontend/parity/difference.ts'
export type { Finding } from './frontend/parity/finding.ts'
export { VerifyError } from './frontend/parity/verify-error.ts'
export type { NestedArray, TensorData } from './frontend/nested.ts'
export { dropout, manualSeed, rand, randint, randn, randperm } from './frontend/random.ts'
export type { Place } from './frontend/place.ts'
export { configure, type Settings } from './frontend/settings.ts'
export { Tensor } from './frontend/tensor.ts'
export * as hybrid from './frontend/hybrid/index.ts'
export * as linalg from './frontend/linalg/index.ts'
export * as data from './data/index.ts'
export * as nn from './nn/index.ts'
export * as optim from './optim/index.ts'
export * as train from './train/index.ts'
