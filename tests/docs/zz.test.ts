import { test } from 'vitest'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import { hybridize, ones } from '../../src/index.ts'
import { printGraph } from '../../src/ir/print.ts'
import { fit } from './fit.ts'
test('x', () => {
  const args = [ones([64]), ones([64]), 0.25] as const
  const recorded = recordCall(fit as never, 'fit', args, templateOf(args, false), false)
  if ('hostRead' in recorded) throw new Error('x')
  const recording = recorded.recording
  console.log(printGraph(recording.graph))
  const c = compileGraph(recording.graph, { target: 'wasm' })
  console.log(printGraph(c.optimized, { sources: true }))
  console.log(c.plan.groups.map((g) => `${g.kind}: ${g.nodes.map((n) => n.op).join(', ')}`).join('\n'))
  console.log(c.plan.lifetimes.map(({ buffer, byteLength, first, last, byteOffset }) => `${buffer.name} ${byteLength} ${first}..${last} @${byteOffset}`).join('\n'), [...c.plan.homes].map(([b, h]) => `${b.name} ${h.kind}`).join('\n'))
  const fast = hybridize(fit)
  fast(...args)
  fast(...args)
  console.log(fast.source('kernels'))
  console.log(String(fast.explain()))
})
