import { bisectCase } from './bisect.ts'
import type { Finding } from './finding.ts'
import { caseOf, type Reproduction } from './reproduction.ts'

/**
 * Carries a graph out op by op and compiled, and narrows a difference down: what the files that `bisect()` writes do.
 *
 * @throws REPRODUCTION_INVALID, and for text that is no graph IR_SYNTAX, IR_UNKNOWN_NAME, …
 */
export const reproduce = (reproduction: Reproduction): Finding => bisectCase(caseOf(reproduction))
