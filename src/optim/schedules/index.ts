export {
  cosine,
  warmRestarts,
  warmUp,
  type CosineOptions,
  type WarmRestartsOptions,
  type WarmUpOptions,
} from './cosine.ts'
export {
  constant,
  exponential,
  factor,
  inversePower,
  inverseSquareRoot,
  lambda,
  multiStep,
  polynomial,
  step,
  type ExponentialOptions,
  type FactorOptions,
  type InversePowerOptions,
  type InverseSquareRootOptions,
  type LambdaOptions,
  type MultiStepOptions,
  type PolynomialOptions,
  type StepOptions,
} from './decay.ts'
export { oneCycle, type OneCycleOptions } from './one-cycle.ts'
export type { Schedule } from './schedule.ts'
