/** Debug eagerly, deploy compiled: a wrong loss is found in eager mode, then the same function is compiled, with `explain` and `verify` as its safety net. */
import {
  arange,
  debug,
  GryphError,
  hybridize,
  manualSeed,
  nn,
  optim,
  randn,
  tensor,
  type Tensor,
  VerifyError,
} from 'gryph'

manualSeed(1)
const rows = 64
/** Three features; the third one is the same in every row. */
const features = arange(rows)
  .reshape([rows, 1])
  .mul(tensor([1, -0.5, 0]))
  .add(randn([rows, 3]).mul(tensor([1, 1, 0])))
const labels = features
  .slice([null, 0])
  .greater(rows / 2)
  .cast('int32')

const net = nn.sequential(nn.linear(3, 16), nn.tanh(), nn.linear(16, 2))
const optimizer = optim.adam(net.parameters(), { lr: 0.05 })
let weightDecay = 1e-3

/** Mean 0 and deviation 1 in every column. */
function normalizeWrongly(x: Tensor): Tensor {
  const centered = x.sub(x.mean(0))
  return centered.div(centered.square().mean(0).sqrt())
}

function normalize(x: Tensor): Tensor {
  const centered = x.sub(x.mean(0))
  return centered.div(centered.square().mean(0).add(1e-6).sqrt())
}

const makeStep = (prepare: (x: Tensor) => Tensor) =>
  function trainStep(x: Tensor, y: Tensor): Tensor {
    const logits = net.forward(prepare(x))
    const loss = nn.crossEntropy(logits, y)
    // With `node --inspect-brk` the debugger stops here once the loss is no number; otherwise nothing happens.
    debug.breakpoint(loss.notEqual(loss))
    loss.backward()
    optimizer.step()
    return loss
  }

const title = (text: string): void => console.log(`\n${text}`)
/** Without the paths before the names of files. */
const shown = (error: unknown): string => String(error).replace(/(?:[\w.-]*\/)+(?=[\w.-]+:\d)/g, '')
const codeOf = (error: unknown): string => (error instanceof GryphError ? error.code : 'no GryphError')

title('1. Eager: the loss is wrong from the first step')
const start = [net.stateDict(), optimizer.stateDict()] as const
const wrong = makeStep(normalizeWrongly)
console.log(`loss ${wrong(features, labels).item()}`)
net.loadStateDict(start[0])
optimizer.loadStateDict(start[1])

title('2. What it is made of, printed and checked; a debugger shows the same at the breakpoint')
try {
  makeStep((x) => {
    debug.print('deviations', x.sub(x.mean(0)).square().mean(0).sqrt())
    return debug.checkFinite(normalizeWrongly(x), 'normalized')
  })(features, labels)
} catch (error) {
  console.log(`${codeOf(error)}: ${shown(error)}`)
}
console.log('The third column is constant: 0 / 0. A small number below the root helps.')

title('3. Right, and compiled: the same bits, every tenth call verified')
const rightStep = makeStep((x) => debug.checkFinite(normalize(x), 'normalized'))
const fast = hybridize(rightStep, { verify: 10 })
for (let step = 0; step <= 60; step++) {
  const loss = fast(features, labels)
  if (step % 20 === 0) console.log(`step ${step}: loss ${loss.item().toFixed(6)}`)
}
const { compiledCalls, verifiedCalls } = fast.stats
console.log(`${compiledCalls} compiled calls, ${verifiedCalls} of them compared with eager ones bit by bit`)

title('4. What was compiled')
console.log(String(fast.explain()).split('\n').slice(0, 3).join('\n'))

title('5. The check is still there, in compiled code too')
try {
  fast(features.mul(Infinity), labels)
} catch (error) {
  console.log(`${codeOf(error)}: ${shown(error)}`)
}

title('6. A number of the enclosing scope is frozen in the recording; verify says so')
const decayed = hybridize(
  function decayedStep(x: Tensor, y: Tensor) {
    const loss = nn.crossEntropy(net.forward(normalize(x)), y)
    return loss.add(net.parameters()[0]!.square().sum().mul(weightDecay))
  },
  { verify: 1 },
)
decayed(features, labels)
weightDecay = 1e-4
try {
  decayed(features, labels)
} catch (error) {
  console.log(`${codeOf(error)}: ${shown(error)}`)
  if (error instanceof VerifyError) console.log(shown(error.bisect()))
}

title('7. The compiled program, kernel by kernel')
for (const { index, kernel, values } of debug.step(fast, features, labels)) {
  const named = values
    .filter(({ name, op }) => name !== op)
    .map(({ name, value }) => `${name} [${value.shape.join(', ')}]`)
  if (index < 3) console.log(`${index}  ${kernel}${named.length > 0 ? `: ${named.join(', ')}` : ''}`)
}
