import { controlBlock, slot, slotBytes } from '../plan/control-block.ts'
import { workerScript } from '../runtime/worker-script.ts'

/**
 * What artefacts for several threads carry besides: workers that run the same program over one memory and meet at its barriers. Without
 * shared memory there is no crew, and the program for one thread runs.
 */
export const crewText = `
const crewScript = ${JSON.stringify(workerScript)}

async function startCrew({ wasm, threads = spec.threads.count }) {
  const builtin = globalThis.process?.getBuiltinModule
  const node = builtin?.('node:worker_threads')
  const cores = node ? builtin('node:os').availableParallelism() : (globalThis.navigator?.hardwareConcurrency ?? 1)
  const count = Math.floor(Math.min(threads, spec.threads.count, cores)) || 1
  if (wasm !== undefined || count < 2 || !globalThis.SharedArrayBuffer || (!node && !globalThis.crossOriginIsolated)) return undefined
  const memory = new WebAssembly.Memory({ initial: spec.memoryPages, maximum: spec.memoryPages, shared: true })
  const words = new Int32Array(memory.buffer)
  const block = spec.threads.controlByteOffset
  const word = (byteOffset) => (block + byteOffset) >> 2
  const slot = (i, byteOffset) => (block + ${controlBlock.slots} + ${slotBytes} * i + byteOffset) >> 2
  const workers = []
  let isLost = false
  let isBroken = false
  const lose = () => {
    isLost = true
    Atomics.store(words, word(${controlBlock.lost}), 1)
  }
  const close = () => {
    for (const worker of workers.splice(0)) worker.terminate()
  }
  const url = node ? undefined : URL.createObjectURL(new Blob([crewScript], { type: 'text/javascript' }))
  try {
    for (let i = 1; i < count; i++) {
      const worker = node ? new node.Worker(crewScript, { eval: true, execArgv: [] }) : new Worker(url)
      worker.unref?.()
      if (node) worker.on('error', lose)
      else worker.onerror = lose
      workers.push(worker)
    }
  } catch {
    close()
    return undefined
  }
  // A worker goes to its messages when it is woken without a program to run.
  const wake = (i) => {
    Atomics.add(words, slot(i, ${slot.wake}), 1)
    Atomics.notify(words, slot(i, ${slot.wake}))
  }
  const tell = (i, message) => {
    Atomics.add(words, slot(i, ${slot.sent}), 1)
    workers[i - 1].postMessage(message)
    Atomics.store(words, slot(i, ${slot.threads}), 0)
    wake(i)
  }
  const isReady = (i) => Atomics.load(words, slot(i, ${slot.done})) === Atomics.load(words, slot(i, ${slot.sent}))
  const timeOrigin = performance.timeOrigin
  words[word(${controlBlock.mayBlock})] = globalThis.document === undefined ? 1 : 0
  for (let i = 1; i < count; i++) tell(i, { kind: 'start', memory, controlByteOffset: block, slotByteOffset: 4 * slot(i, 0), worker: i, timeOrigin })
  const areReady = () => workers.every((_, i) => isReady(i + 1))
  for (let tries = 0; tries < 1000 && !areReady() && !isLost; tries++) await new Promise((resolve) => setTimeout(resolve, 5))
  if (isLost || !areReady()) {
    close()
    return undefined
  }

  let [present, began] = [1, 0]
  // Asked by threads that have waited long: one that never began its part will not come.
  const missesOne = () => {
    if (Atomics.load(words, word(${controlBlock.lost})) !== 0) return 1
    began ||= performance.now()
    if (performance.now() - began < 10_000) return 0
    for (let i = 1; i < present; i++) {
      const asked = words[slot(i, ${slot.asked})]
      if (Atomics.load(words, slot(i, ${slot.left})) !== asked && Atomics.load(words, slot(i, ${slot.started})) !== asked) lose()
    }
    return isLost ? 1 : 0
  }
  const run = (program, own) => {
    if (isBroken || isLost) return broken()
    for (present = 1; present <= workers.length && isReady(present); ) present++
    Atomics.store(words, word(${controlBlock.pending}), 0)
    began = 0
    for (let i = 0; i < present; i++) words[slot(i, ${slot.site})] = 0
    for (let i = 1; i < present; i++) {
      words[slot(i, ${slot.program})] = program
      words[slot(i, ${slot.asked})] = words[slot(i, ${slot.wake})] + 1
      Atomics.store(words, slot(i, ${slot.threads}), present)
      wake(i)
    }
    const result = own(0, present)
    if (result < 0) return broken()
    if (result === 0) return 0
    for (let i = 0; i < present; i++) {
      const site = words[slot(i, ${slot.site})]
      if (site === 0) continue
      words[spec.statusByteOffset >> 2] = words[slot(i, ${slot.value})]
      return site
    }
    return result
  }
  const broken = () => {
    isBroken = true
    close()
    return fail('ARTEFACT_THREAD_LOST', 'a thread has ended. Load a new instance, and its state from the last save.')
  }

  const link = (module) => {
    const { exports } = new WebAssembly.Instance(module, { gryph: { memory, isLost: missesOne }, math: Math })
    return Object.fromEntries(spec.threads.entries.flatMap(({ variants }) => variants).map((variant, i) => {
      const own = exports[variant.run]
      if (!variant.isThreaded) return [variant.run, own]
      for (let worker = 1; worker <= workers.length; worker++) tell(worker, { kind: 'load', program: i + 1, module, run: variant.run })
      return [variant.run, () => run(i + 1, own)]
    }))
  }
  return { memory, link, api: { threads: count, close } }
}
`
