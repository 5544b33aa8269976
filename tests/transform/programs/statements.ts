import { manualSeed, rand, tensor, type Tensor } from 'gryph'

/** One function for each statement that is converted. They read elements as JavaScript does, so that they also run untransformed. */

export function ifElse(x: Tensor): Tensor {
  'use hybrid'
  let y = x
  if (x.sum().item() > 3) {
    y = x.mul(2)
  } else if (x.sum().item() < 0) y = x.neg()
  else {
    y = y.add(1)
  }
  return y
}

export function onlyIf(x: Tensor): Tensor {
  'use hybrid'
  let scale = 1
  if (x.max().item() > 2) scale = 10
  return x.mul(scale)
}

export function conditional(x: Tensor): Tensor {
  'use hybrid'
  return x.sum().item() > 3 ? x.mul(2) : x.sum().item() < 0 ? x.neg() : x
}

export function logic(x: Tensor, y: Tensor): [Tensor, number] {
  'use hybrid'
  let hits = 0
  if (x.sum().item() > 0 && y.sum().item() > 0) hits += 1
  if (x.sum().item() > 0 || y.sum().item() > 0) hits += 10
  if (!(x.sum().item() > 0)) hits += 100
  if (x.sum().bool() && !y.sum().bool()) hits += 1000
  if (!(x.max().item() === 3) || (y.sum().item() !== 1 && hits > 5)) hits += 10000
  return [x.add(y), hits]
}

export function whileLoop(x: Tensor): [Tensor, number] {
  'use hybrid'
  let passes = 0
  while (x.sum().item() < 100) {
    x = x.mul(2).add(1)
    passes++
  }
  return [x, passes]
}

export function doWhile(x: Tensor): [Tensor, number] {
  'use hybrid'
  let passes = 0
  do {
    x = x.mul(2).add(1)
    passes += 1
  } while (x.sum().item() < 10)
  return [x, passes]
}

export function forNumbers(x: Tensor, count: number): [Tensor, number] {
  'use hybrid'
  let total = 0
  for (let i = 0; i < count; i++) {
    x = x.mul(0.5).add(i)
    total += i * 2
  }
  return [x, total]
}

export function forRows(xs: Tensor): Tensor {
  'use hybrid'
  let sum = tensor(0)
  for (const row of xs) {
    if (row.sum().item() < 0) continue
    if (row.sum().item() > 50) break
    sum = sum.add(row.square().sum())
  }
  return sum
}

export function breaks(x: Tensor): [Tensor, number] {
  'use hybrid'
  let last = -1
  for (let i = 0; i < 20; i++) {
    if (x.sum().item() > 30) break
    last = i
    if (x.max().item() > 4) {
      x = x.add(5)
      continue
    }
    x = x.mul(2).add(1)
  }
  return [x, last]
}

export function labels(x: Tensor): [Tensor, number] {
  'use hybrid'
  let steps = 0
  outer: while (x.sum().item() < 1000) {
    let inner = x
    while (true) {
      steps++
      inner = inner.mul(3).add(1)
      if (inner.sum().item() > 500) break outer
      if (inner.sum().item() > 100) {
        x = x.add(inner)
        continue outer
      }
    }
  }
  return [x, steps]
}

export function earlyReturns(x: Tensor): { y: Tensor; way: number } {
  'use hybrid'
  if (x.sum().item() > 100) return { y: x, way: 1 }
  let y = x.add(1)
  if (x.sum().item() > 0) {
    if (x.max().item() > 5) return { y: y.mul(2), way: 2 }
    y = y.mul(3)
  } else {
    return { y: y.neg(), way: 3 }
  }
  return { y, way: 4 }
}

export function returnsFromLoop(x: Tensor): [Tensor, number] {
  'use hybrid'
  let passes = 0
  while (passes < 10) {
    x = x.mul(2)
    passes++
    if (x.sum().item() > 50) return [x.neg(), passes]
  }
  return [x, -1]
}

export function nestedFunctions(x: Tensor): [Tensor, number] {
  'use hybrid'
  let calls = 0
  const grown = (value: Tensor): Tensor => {
    calls++
    if (value.sum().item() > 10) return value.sub(1)
    return value.mul(2)
  }
  while (x.sum().item() < 10) x = grown(x)
  return [grown(x), calls]
}

export function objects(x: Tensor): { position: Tensor; history: Tensor[]; counts: { up: number; down: number } } {
  'use hybrid'
  let state = { position: x, history: [x, x.neg()] }
  const counts = { up: 0, down: 0 }
  while (state.position.sum().item() < 20) {
    if (state.position.max().item() > 3) {
      state = { position: state.position.add(4), history: [state.history[1]!, state.position] }
      counts.up++
    } else {
      state = { position: state.position.mul(2).add(1), history: [state.history[0]!, state.position] }
      counts.down += 1
    }
  }
  return { ...state, counts }
}

export function unrolled(x: Tensor, weights: readonly Tensor[]): Tensor {
  'use hybrid'
  for (let i = 0; i < weights.length; i++) {
    x = x.mul(weights[i]!)
    if (x.sum().item() > 20) break
  }
  for (const weight of weights) {
    if (x.sum().item() < 0) break
    x = x.sub(weight)
  }
  return x
}

/** A test that changes what the loop carries, and one that draws random numbers, which short cuts leave out. */
export function actingTests(x: Tensor): [Tensor, number] {
  'use hybrid'
  let passes = 0
  let y = x
  manualSeed(3)
  while (y.sum().item() < 40 && (passes = passes + 1) < 9) y = y.mul(2)
  while (y.sum().item() > 1 && rand([]).item() < 0.8) {
    y = y.sub(1)
    passes += 10
  }
  return [y.add(rand([2])), passes]
}

/** Cases that end, that fall through, that share statements, and that leave loops and the function. */
export function switches(x: Tensor): [Tensor, number] {
  'use hybrid'
  let y: Tensor
  switch (x.sum().item()) {
    case 3: {
      y = x.mul(2)
      break
    }
    case -3:
    case 0:
      y = x.sub(1)
      break
    default:
      y = x.neg()
  }
  let hits = 0
  let n = 0
  while (n < 6 && y.max().item() < 1000) {
    n += 1
    switch (n) {
      // @ts-expect-error -- it falls through
      case 1:
        y = y.add(1)
      // @ts-expect-error -- it falls through
      case 2:
        if (y.min().item() > 0) break
        y = y.mul(3)
      case 4:
        if (y.max().item() < -100) return [y, -hits]
        hits += 1
        continue
      case 5:
        hits += 10
    }
    hits += 100
  }
  switch (true) {
    case y.sum().item() > 10:
      return [y.mul(10), hits]
    case y.sum().item() > 0:
      hits += 1000
  }
  return [y, hits]
}

export function remainders(x: Tensor): [Tensor, number] {
  'use hybrid'
  let n = 0
  let power = 1
  let y = x
  while (n < 20 && y.abs().max().item() < 1e4) {
    n++
    if (n % 3 === 0) y = y.mul(2)
    else if (-n % 4 === 0) y = y.add(0.5)
    power = power + 2 ** (n / 2) - ((n - 5.5) % 0.7)
  }
  return [y, power]
}
