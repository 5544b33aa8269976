/** What functions rewritten by `gryph/transform` call. Not for use by hand: names and parameters follow the transform. */
export { branch, select } from './branch.ts'
export { entered, upTo } from './cases.ts'
export { free, isRecording, read, withFree } from './free.ts'
export { each, keys, loop, repeat, rows } from './loop.ts'
export { known } from './missing.ts'
export { add, div, eq, ge, gt, key, le, looseEq, looseNe, lt, mul, ne, neg, pow, rem, sub } from './numbers.ts'
export { result, returned } from './result.ts'
export { and, andValue, element, go, native, not, or, orValue } from './test.ts'
