/** What converted statements need of the control functions. */
export { cond } from '../control/cond.ts'
export { whileLoop } from '../control/while-loop.ts'
export { separate } from '../control/cond.ts'
import { recorderInUse } from '../control/trace-region.ts'

/** Whether a hybridized call is being recorded: then what a test says is not known yet. */
export const isRecording = (): boolean => recorderInUse() !== undefined
