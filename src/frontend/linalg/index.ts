export { eigh, eigvalsh } from './eigh.ts'
export { solve } from './solve.ts'
