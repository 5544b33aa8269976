import v8 from 'node:v8'
import { hybridize, tensor, variable } from '../../../src/index.ts'

const calls = 2000
const state = variable(new Float32Array(256))
const step = hybridize((x: Parameters<typeof state.add>[0]) => {
  state.assign(state.mul(0.5).add(x))
})
const x = tensor(new Float32Array(256).fill(1))
// Until the call is optimized it allocates iterators and argument lists.
for (let i = 0; i < 40_000; i++) {
  step(x)
  // The optimizing compiler is a thread of its own, which a busy machine lets wait.
  if (i % 10_000 === 0) await new Promise((resolve) => setTimeout(resolve, 100))
}

const collect = globalThis.gc!
collect()
const heapBefore = v8.getHeapStatistics().used_heap_size
// The least of several rounds: the engine may compile something in any of them.
let allocatedPerCall = Infinity
for (let round = 0; round < 5; round++) {
  const before = v8.getHeapStatistics().used_heap_size
  for (let i = 0; i < calls; i++) step(x)
  const allocated = v8.getHeapStatistics().used_heap_size - before
  // Less than nothing: something was collected in between.
  if (allocated >= 0) allocatedPerCall = Math.min(allocatedPerCall, allocated / calls)
}
collect()
const kept = v8.getHeapStatistics().used_heap_size - heapBefore
console.log(JSON.stringify({ allocatedPerCall, kept, compiledCalls: step.stats.compiledCalls, last: state.data()[0] }))
