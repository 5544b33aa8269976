import { hybridize, tensor, rand, configure, type Tensor } from 'gryph'
configure({ relaxedSimd: 'enable' })
const newton = (x: Tensor): Tensor => {
  let v = x
  for (let i = 0; i < 100; i++) {
    const f = v.mul(v).mul(v).sub(v.mul(2)).sub(5)
    const d = v.mul(v).mul(3).sub(2)
    const step = f.div(d)
    v = v.sub(step)
    if (step.abs().max().item() < 0) break
  }
  return v
}
const power = (a: Tensor, x: Tensor): Tensor => {
  let v = x
  let last = 0
  for (let i = 0; i < 100; i++) {
    v = a.matmul(v)
    const n = v.square().sum().sqrt()
    v = v.div(n)
    const l = n.item()
    if (l === -last) break
    last = l
  }
  return v
}
const cases: [string, (...a: Tensor[]) => Tensor, Tensor[]][] = [
  ['newton 4', newton as any, [tensor([2, 2.5, 3, 1.9])]],
  ['newton 1000', newton as any, [rand([1000]).add(2)]],
  ['power 32', power as any, [rand([32, 32]), rand([32, 1])]],
  ['power 300', power as any, [rand([300, 300]), rand([300, 1])]],
]
for (const [name, fn, args] of cases) {
  const fast = hybridize(fn)
  const t: number[][] = [[], []]
  for (let r = 0; r < 120; r++)
    for (const [k, f] of [
      [0, fn],
      [1, fast],
    ] as const) {
      const s = performance.now()
      f(...args)
      t[k]!.push(performance.now() - s)
    }
  const q = (x: number[]) => x.slice(20).sort((a, b) => a - b)[10]!
  console.log(
    name.padEnd(12),
    'eager',
    (q(t[0]!) * 10).toFixed(2),
    'lazy',
    (q(t[1]!) * 10).toFixed(2),
    'us per iteration',
    'ratio',
    (q(t[0]!) / q(t[1]!)).toFixed(2),
    JSON.stringify(fast.stats),
  )
}
let n = 0
const g = hybridize((x: Tensor) => {
  n++
  const h = x.mul(n).add(x.sum()).exp()
  if (h.max().item() > 1e30) n = 0
  return h.mul(2).sum().item()
})
const big = rand([300])
for (let i = 0; i < 30000; i++) {
  g(big)
  if (i % 10000 === 9999) {
    const m = process.memoryUsage()
    console.log(
      i + 1,
      'rss',
      (m.rss / 1e6).toFixed(0),
      'heap',
      (m.heapUsed / 1e6).toFixed(1),
      'ext',
      (m.external / 1e6).toFixed(1),
      'arrays',
      (m.arrayBuffers / 1e6).toFixed(1),
    )
  }
}
