import { isStackFull, residualRoom } from '../../autograd/residuals.ts'
import type { CheckSite } from '../../kernel/ir.ts'

/** A loop of unknown length made more passes than its stacks have room for. Nothing has changed; the program is to be made anew. */
export class RoomNeeded extends Error {}

/** Makes room for four times as many passes where that is why a check failed. Whether it is. */
export function makeRoom(sites: readonly CheckSite[], site: number): boolean {
  if (!isStackFull(sites.find((each) => each.site === site)?.source)) return false
  residualRoom.capacity *= 4
  return true
}
