import { vi, expect, test, afterAll } from 'vitest'
import { dtypeInfo } from '../../../src/base/dtype.ts'
import { generateWasm } from '../../../src/codegen/wasm/index.ts'
const stats = { n: 0, bytes: 0, max: 0 }
vi.mock('../../kernel/interpreter.ts', async (orig) => {
  const real: any = await orig()
  return { ...real, runKernel(kernel: any, memory: any, options: any) {
    const places = new Map<any, number>(); let next = 64
    for (const [b] of memory) { places.set(b, next); next += Math.ceil((b.elementCount * dtypeInfo[b.dtype as 'bool'].byteSize + 16) / 16) * 16 }
    const out: any[] = []
    for (const kind of ['static', 'parameter'] as const) {
      const mem = new WebAssembly.Memory({ initial: Math.ceil(next / 65536) + 1 })
      for (const [b, data] of memory) new dtypeInfo[b.dtype as 'bool'].array(mem.buffer, places.get(b)!, b.elementCount).set(data)
      const g = generateWasm({ kernels: [kernel], placementOf: (b) => kind === 'static' ? { kind, byteOffset: places.get(b)! } : { kind, position: [...places.keys()].indexOf(b) }, parameterCount: places.size, fma: 'separate', statusByteOffset: 16 })
      stats.n++; stats.bytes += g.bytes.length; stats.max = Math.max(stats.max, g.bytes.length)
      let mod; try { mod = new WebAssembly.Module(g.bytes) } catch (e) { console.log(g.text()); throw e }
      const inst = new WebAssembly.Instance(mod, { gryph: { memory: mem }, math: Math as any })
      const site = (inst.exports['run'] as any)(...places.values())
      out.push({ mem, site, status: new Int32Array(mem.buffer)[4] })
    }
    const failed = real.runKernel(kernel, memory, options)
    for (const { mem, site, status } of out) {
      if ((failed?.site ?? 0) !== site) throw new Error(`site ${site} vs ${JSON.stringify(failed)}`)
      if (failed && failed.value !== status) throw new Error(`value ${status} vs ${JSON.stringify(failed)}`)
      if (!failed) for (const [b, data] of memory) if (!kernel.scratch.includes(b)) expect([...new dtypeInfo[b.dtype as 'bool'].array(mem.buffer, places.get(b)!, b.elementCount)]).toEqual([...data])
    }
    return failed
  } }
})
await import('../../kernel/contraction.test.ts')
await import('../../kernel/reduction.test.ts')
for (const f of ['elementwise', 'opaque', 'lower', 'scatter']) await import(`../../kernel/${f}.test.ts`).catch((e) => console.log('no', f))
afterAll(() => console.log(JSON.stringify(stats)))
