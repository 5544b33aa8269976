import { inDependencyOrder, isNode, isResult, type Graph, type GraphControl } from '../../ir/graph.ts'
import { recordOf } from '../../ops/registry.ts'

/** Whether anything in the regions of a control op has a check. */
export const canFail = ({ regions }: Pick<GraphControl, 'regions'>): boolean => regions.some(hasChecks)

const hasChecks = (region: Graph): boolean =>
  inDependencyOrder(region).some((value) =>
    isNode(value) ? recordOf(value.op).checks === true : isResult(value) && value.index === 0 && canFail(value.control),
  )
