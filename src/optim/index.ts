export { Adam, adam, type AdamOptions } from './adam.ts'
export { Optimizer, type GradedParameter, type Update } from './optimizer.ts'
export { Sgd, sgd, type SgdOptions } from './sgd.ts'
