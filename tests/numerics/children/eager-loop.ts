import { full } from '../../../src/index.ts'

// 64 KiB a tensor, 200 000 ops without a pause: 12.2 GiB in all.
const one = full([16384], 1).clone()
let value = full([16384], 0).clone()
let mostBytes = 0
for (let i = 0; i < 200_000; i++) {
  value = i % 2 === 0 ? value.add(one) : value.mul(1)
  if (i % 1000 === 0) mostBytes = Math.max(mostBytes, process.memoryUsage().rss)
}
console.log(JSON.stringify({ mostBytes: Math.max(mostBytes, process.memoryUsage().rss), last: value.data()[0] }))
