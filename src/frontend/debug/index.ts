export { assert, checkFinite } from './assert.ts'
export { breakpoint } from './breakpoint.ts'
export { print } from './print.ts'
export { reproduce } from '../parity/reproduce.ts'
