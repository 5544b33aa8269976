import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))

/** A running peer, asked in lines and answering in lines of JSON. */
export class Peer {
  #process
  #answers
  #errors = ''

  /** @param {string} name @param {import('./workloads.mjs').Workload} workload @param {string | undefined} python with PyTorch */
  constructor(name, { kind, spec, checkedSteps }, python) {
    const args = [name, kind, JSON.stringify(spec), String(checkedSteps)]
    const [command, script] =
      name === 'torch' ? [python, 'peers/torch_peer.py'] : [process.execPath, 'peer-process.mjs']
    const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }
    this.name = name
    this.#process = spawn(command, [here(script), ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#process.stderr.on('data', (text) => (this.#errors += text))
    // A peer that has died is noticed by its missing answer.
    this.#process.stdin.on('error', () => {})
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** Its first results and the time of its first call, or what it lacks. */
  checkIn() {
    return this.#answer()
  }

  /** Samples in milliseconds per run, and the most memory that was resident so far. */
  measure(seconds, samples) {
    return this.ask(`measure ${seconds} ${samples}`)
  }

  ask(line) {
    this.#process.stdin.write(`${line}\n`)
    return this.#answer()
  }

  end() {
    this.#process.stdin.end()
  }

  async #answer() {
    const { value, done } = await this.#answers.next()
    if (!done) return JSON.parse(value)
    throw new Error(`${this.name} ended:\n${this.#errors.trim().split('\n').slice(-8).join('\n')}`)
  }
}
