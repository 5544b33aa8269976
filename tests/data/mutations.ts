import { expect } from 'vitest'
import { GryphError } from '../../src/base/errors.ts'
import { Random } from '../fuzz/random.ts'

/** `GRYPH_FUZZ_RUNS=50 npx vitest run tests/data/hostile-input.test.ts` makes 10,000 mutations of each file, GRYPH_FUZZ_SEED others. */
const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)
export const mutationCount = Math.ceil(200 * factor)

/** Numbers that mean something to readers: ends of ranges, signs, sizes far too large. */
const pieces: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0x7f],
  [0x80],
  [0, 0, 0, 0],
  [0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [...Buffer.from('99999999999999999999')],
  [...Buffer.from('-1')],
  [...Buffer.from('__proto__')],
  [...Buffer.from('../')],
  [...Buffer.from('[[[[[[[[[[[[[[[[')],
  [...Buffer.from('{"')],
  [...Buffer.from('\n,"')],
]

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

const joined = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

const mutations: readonly Mutation[] = [
  (bytes, random) => {
    const flipped = Uint8Array.from(bytes)
    for (let i = 1 + random.below(4); i > 0; i--) flipped[random.below(bytes.length)]! ^= 1 << random.below(8)
    return flipped
  },
  (bytes, random) => {
    const changed = Uint8Array.from(bytes)
    changed[random.below(bytes.length)] = random.below(256)
    return changed
  },
  (bytes, random) => bytes.slice(0, random.below(bytes.length)),
  (bytes, random) => {
    const at = random.below(bytes.length)
    return joined(bytes.subarray(0, at), random.pick(pieces), bytes.subarray(at))
  },
  (bytes, random) => {
    const changed = Uint8Array.from(bytes)
    const piece = random.pick(pieces).slice(0, bytes.length)
    changed.set(piece, random.below(bytes.length - piece.length + 1))
    return changed
  },
  (bytes, random) => {
    const [from, length] = [random.below(bytes.length), random.below(16)]
    return joined(bytes.subarray(0, from), bytes.subarray(from + length))
  },
  (bytes, random) => {
    const [from, to] = [random.below(bytes.length), random.below(bytes.length)]
    return joined(bytes.subarray(0, to), bytes.subarray(from, from + random.below(64)), bytes.subarray(to))
  },
]

/** Tries `read` on damaged copies of `bytes`: each is read, or refused with a coded error. Returns the codes met. */
export async function readMutations(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): Promise<Set<string>> {
  const random = new Random(seed)
  const codes = new Set<string>()
  for (let i = 0; i < mutationCount; i++) {
    let mutant = bytes
    for (let rounds = random.pick([1, 1, 1, 2, 3]); rounds > 0 && mutant.length > 0; rounds--)
      mutant = random.pick(mutations)(mutant, random)
    const started = performance.now()
    const code = await codeOf(mutant, read, `mutation ${i} (GRYPH_FUZZ_SEED=${seed})`)
    // The suite asserts no times: it runs beside others. A long run by hand does.
    if (factor > 1) expect(performance.now() - started, `mutation ${i}`).toBeLessThan(1000)
    codes.add(code)
  }
  return codes
}

/** Every beginning of `bytes` is refused. */
export async function readTruncations(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown): Promise<Set<string>> {
  const codes = new Set<string>()
  for (let length = 0; length < bytes.length; length++) {
    const code = await codeOf(bytes.subarray(0, length), read, `the first ${length} bytes`)
    expect(code, `the first ${length} bytes`).not.toBe('read')
    codes.add(code)
  }
  return codes
}

/** The code of the error, or `read`. */
async function codeOf(bytes: Uint8Array, read: (bytes: Uint8Array) => unknown, what: string): Promise<string> {
  try {
    await read(bytes)
    return 'read'
  } catch (error) {
    if (!(error instanceof GryphError)) throw new Error(`${what} is refused without a code`, { cause: error })
    expect(error.message, what).toMatch(/^\[\w+\] [\s\S]*\.$/)
    expect(error.message.length, what).toBeLessThan(1000)
    return error.code
  }
}
