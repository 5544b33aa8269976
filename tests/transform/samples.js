import { hybridize } from 'gryph'

let rate = 0.1
export function setRate(value) {
  rate = value
}

/** Newton's method. */
export function squareRoot(a, tolerance) {
  'use hybrid'
  let x = a // first guess
  while (x.square().sub(a).abs().item() > tolerance) {
    x = x.add(a.div(x)).mul(0.5)
  }
  return x
}

export const update = hybridize((w, g) => w.sub(g.mul(rate)))

export function classify(x, options) {
  'use hybrid'
  if (options === undefined) options = { low: 0 }
  if (x.less(options.low)) return 'low'
  const kind = x.greater(10) ? 'high' : 'middle'
  for (let i = 0; i < 3; i++) x = x.add(i)
  return { kind, x }
}

export function search(rows, limit) {
  'use hybrid'
  let best = rows.slice([0])
  let passes = 0
  outer: for (const row of rows) {
    for (let i = 0; i < limit; i++) {
      if (row.sum().less(best.sum())) continue outer
      if (i % 2 === 0 && !best.isNaN().any()) break
      passes += i
    }
    best = row
  }
  do passes++
  while (best.sum().greater(passes))
  switch (passes) {
    case 0:
      return best
  }
  return [best, passes]
}

export function stays(x, list) {
  'use hybrid'
  if (x.greater(0)) {
    list.push(x)
  }
  if (x.less(0)) throw new RangeError('negative')
  return list
}
