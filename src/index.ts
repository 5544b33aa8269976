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
export * from './frontend/functions/elementwise.ts'
export * from './frontend/functions/images.ts'
export * from './frontend/functions/structure.ts'
export { grad, valueAndGrad } from './frontend/gradients.ts'
export type { Explanation } from './frontend/hybridize/explain.ts'
export {
  hybridize,
  type Hybridized,
  type HybridizeOptions,
  type HybridizeStats,
} from './frontend/hybridize/hybridize.ts'
export type { Profile, ProfileFunction, ProfileRow, ProgramProfile } from './frontend/hybridize/profile.ts'
export type { NestedArray, TensorData } from './frontend/nested.ts'
export { dropout, manualSeed, rand, randint, randn, randperm } from './frontend/random.ts'
export type { Place } from './frontend/place.ts'
export { configure, type Settings } from './frontend/settings.ts'
export { Tensor } from './frontend/tensor.ts'
export * as hybrid from './frontend/hybrid/index.ts'
export * as data from './data/index.ts'
export * as nn from './nn/index.ts'
export * as optim from './optim/index.ts'
