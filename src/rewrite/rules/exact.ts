import type { Rule } from '../rule.ts'
import { arithmeticRules } from './arithmetic.ts'
import { conversionRules } from './conversion.ts'
import { joiningRules } from './joining.ts'
import { logicalRules } from './logical.ts'
import { viewRules } from './view.ts'

/** Every rule that keeps all bits of all results. */
export const exactRules: readonly Rule[] = [
  ...arithmeticRules,
  ...logicalRules,
  ...conversionRules,
  ...viewRules,
  ...joiningRules,
]
