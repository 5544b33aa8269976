import { hybridize, tensor, type Tensor } from '../../../src/index.ts'

// 1 MiB a result, 8000 results without a pause, and as many in a loop that yields: 15.6 GiB in all.
const x = tensor(new Float32Array(262_144).fill(1))
const increment = hybridize((a: Tensor) => a.add(1))
let mostBytes = 0
let last: Tensor = x
const step = (i: number): void => {
  last = increment(i % 100 === 0 ? x : last)
  if (i % 100 === 0) mostBytes = Math.max(mostBytes, process.memoryUsage().rss)
}
for (let i = 0; i < 8000; i++) step(i)
for (let i = 0; i < 8000; i++) {
  step(i)
  await new Promise((resolve) => setImmediate(resolve))
}
console.log(JSON.stringify({ mostBytes, last: last.data()[0] }))
