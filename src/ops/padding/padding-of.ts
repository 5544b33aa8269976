import { sameType } from '../../base/shape.ts'
import { recordOf } from '../registry.ts'
import type { Attrs, OpName } from '../table.ts'
import { anything, broadcastRule, sameAttrs, type PaddingRule, type Sized } from './rule.ts'

/** What the op's rule says; where nothing differs, there is nothing around. */
export function paddingOf(op: OpName, small: Sized<Attrs>, large: Sized<Attrs>): ReturnType<PaddingRule<Attrs>> {
  const isSame =
    sameType(small.result, large.result) &&
    small.operands.every((type, i) => sameType(type, large.operands[i]!)) &&
    sameAttrs(small.attrs, large.attrs)
  if (isSame) return anything
  const { kind, padding } = recordOf(op)
  if (padding) return padding(small, large)
  return kind === 'elementwise' ? broadcastRule(small, large) : 'nothing says that it does the same at another size'
}
