import {
  configure,
  crossEntropy,
  hybridize,
  nn,
  optim,
  manualSeed,
  randint,
  randn,
  type Tensor,
} from '../../../src/index.ts'
import { workerPool } from '../../../src/runtime/worker-pool.ts'

// Relaxed SIMD is switched on for the process, and has to hold in its workers.
const [threads, relaxed] = [Number(process.argv[2]), process.argv[3] === 'relaxed']
if (relaxed) configure({ relaxedSimd: 'enable' })
configure({ threads })
workerPool.isPatient = true
manualSeed(3)
const net = nn.sequential(nn.linear(196, 64), nn.relu(), nn.linear(64, 10))
const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
const step = hybridize((x: Tensor, y: Tensor) => {
  const loss = crossEntropy(net.forward(x), y)
  loss.backward()
  optimizer.step()
  return loss
})
const [x, y] = [randn([128, 196]), randint(0, 10, [128])]
const losses = Array.from({ length: 12 }, () => step(x, y).item())
const [report] = step.explain().specialisations
console.log(
  JSON.stringify({
    losses,
    threads: report!.threads,
    workers: workerPool.workerCount,
    sharedRuns: workerPool.sharedRuns,
  }),
)
// Nothing ends the process but its being done.
