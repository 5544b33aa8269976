import { stack, tensor, zeros, type Tensor } from 'gryph'

/** What goes wrong in other systems; see the test of the same name. */

export function branchesOnHostValue(x: Tensor, isNegative: boolean): Tensor {
  'use hybrid'
  if (isNegative) return x.neg()
  return x
}

export function pushesInTracedLoop(x: Tensor): Tensor {
  'use hybrid'
  const parts: Tensor[] = []
  let isSmall: Tensor | boolean = x.sum().less(10)
  while (isSmall) {
    x = x.mul(2)
    isSmall = x.sum().less(10)
    parts.push(x)
  }
  return stack(parts)
}

export function pushesInPlainLoop(x: Tensor): Tensor {
  'use hybrid'
  const parts: Tensor[] = []
  for (let i = 0; i < 3; i++) {
    x = x.mul(2)
    parts.push(x)
  }
  return stack(parts)
}

export function assignsOnOneSide(x: Tensor): Tensor {
  'use hybrid'
  let y
  if (x.sum().item() > 3) y = x.mul(2)
  return y!.add(1)
}

export function usesOnOneSideOnly(x: Tensor): Tensor {
  'use hybrid'
  let y
  if (x.sum().item() > 3) {
    y = x.mul(2)
    x = y.add(1)
  }
  return x
}

export function otherShapes(x: Tensor): Tensor {
  'use hybrid'
  return x.sum().item() > 3 ? x : x.sum()
}

export function mayRunNoPass(x: Tensor): Tensor {
  'use hybrid'
  let last
  while (x.sum().item() < 10) {
    last = x
    x = x.mul(2)
  }
  return last!
}

export function runsNoPass(x: Tensor): Tensor {
  'use hybrid'
  let last = zeros([2])
  while (x.sum().item() < 10) {
    last = x
    x = x.mul(2)
  }
  return last.add(x)
}

export function growsInLoop(x: Tensor): Tensor {
  'use hybrid'
  let total: Tensor | number = 0
  while (x.sum().item() < 10) {
    total = x
    x = x.mul(2)
  }
  return tensor(0).add(total)
}

export function returnsEarly(x: Tensor): Tensor {
  'use hybrid'
  if (x.sum().item() < 0) return x.neg()
  x = x.mul(3)
  if (x.sum().item() > 10) return x.sub(10)
  return x
}

export function returnsSometimes(x: Tensor): Tensor | undefined {
  'use hybrid'
  if (x.sum().item() < 0) return x.neg()
  x = x.mul(3)
  if (x.sum().item() > 10) return x.sub(10)
  return
}

/** JavaScript allows what types do not. */
export const endsWithoutReturn: unknown = function (x: Tensor): void {
  'use hybrid'
  const give = (value: Tensor): void => value as never // what the type hides
  if (x.sum().item() > 3) return give(x)
  x.mul(2)
}

export function testsManyElements(x: Tensor): Tensor {
  'use hybrid'
  const test: unknown = x
  if (test) return x
  return x.neg()
}

export function throwsInTensorTest(x: Tensor): Tensor {
  'use hybrid'
  const isNegative: unknown = x.sum().less(0)
  if (isNegative) throw new RangeError('negative')
  return x
}

export function remainder(x: Tensor, n: number): Tensor {
  'use hybrid'
  return x.mul((x.sum() as unknown as number) % n) // what types forbid
}

export function power(x: Tensor, n: number): Tensor {
  'use hybrid'
  return x.mul((x.sum() as unknown as number) ** n) // what types forbid
}

export function switches(x: Tensor, n: number): Tensor {
  'use hybrid'
  switch (n) {
    case 1:
      let y = x
      return y
    default:
      y = x.neg()
      return y
  }
}

export function switchesOnTensor(x: Tensor): Tensor {
  'use hybrid'
  switch (x as unknown) {
    case 1:
      return x
    default:
      return x.neg()
  }
}

export function rowsOfScalar(x: Tensor): Tensor {
  'use hybrid'
  for (const row of x) x = row
  return x
}

export function changesKind(x: Tensor): string {
  'use hybrid'
  let kind = 'small'
  if (x.sum().item() > 3) kind = 'large'
  return kind
}
