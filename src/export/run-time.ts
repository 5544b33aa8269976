/**
 * The code that every artefact carries, after its `spec`, `files` and `programs`. Plain JavaScript of 2022 that needs nothing: no `eval`, no
 * globals of its own, and of its host only WebAssembly, `fetch` or `process.getBuiltinModule`, and `crypto.subtle` where it is there.
 */
export const runTimeText = `
/** What went wrong, with a stable \`code\`. */
export class ArtefactError extends Error {
  constructor(code, message, options) {
    super(\`[\${spec.name}] \${message}\`, options)
    this.name = 'ArtefactError'
    this.code = code
  }
}

const fail = (code, message, cause) => {
  throw new ArtefactError(code, message, cause === undefined ? undefined : { cause })
}
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array }
const safetensorsDtypes = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' }
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1)
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)
const isBytes = (given) => given instanceof ArrayBuffer || ArrayBuffer.isView(given)

/**
 * Loads the files beside this module and makes an instance of its own: state and memory are not shared with others.
 * Options: \`wasm\` (bytes, a WebAssembly.Module, or a URL), \`weights\` (bytes or a URL).
 */
export async function load(options = {}) {
  const [program, weights] = await Promise.all([readProgram(options.wasm), readFile('weights', options.weights)])
  const module = program === undefined || program instanceof WebAssembly.Module ? program : await compiled(program)
  return instance(module, weights)
}

/** Like \`load\`, from bytes at hand. Large modules may only be compiled so outside of a page's main thread. */
export function loadSync(options = {}) {
  const wasm = options.wasm ?? inlined('wasm')
  const module = wasm === undefined || wasm instanceof WebAssembly.Module ? wasm : new WebAssembly.Module(verified('wasm', asBytes('wasm', wasm)))
  return instance(module, bytesAtHand(options.weights))
}

/** Whether a new instance computes what the exported function computed, bit by bit. Throws SELF_TEST_FAILED if not. */
export const selfTest = async (options) => (await load(options)).selfTest()

function bytesAtHand(given) {
  const weights = given ?? inlined('weights')
  return weights === undefined ? undefined : verified('weights', asBytes('weights', weights))
}

function asBytes(kind, given) {
  if (isBytes(given)) return ArrayBuffer.isView(given) ? bytesOf(given) : new Uint8Array(given)
  return fail('ARTEFACT_FILE_MISSING', \`loadSync needs the bytes of \${kind}: loadSync({ wasm, weights }).\`)
}

function inlined(kind) {
  const text = files[kind]?.base64
  if (text !== undefined) return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  return files[kind] === undefined ? undefined : null
}

async function readProgram(given) {
  return given instanceof WebAssembly.Module ? given : readFile('wasm', given)
}

/** Bytes that were given, are in this file, or lie beside it. */
async function readFile(kind, given) {
  if (files[kind] === undefined) return undefined
  const here = given ?? inlined(kind)
  const bytes = isBytes(here) ? asBytes(kind, here) : await fetched(given === undefined ? files[kind].url : new URL(given, import.meta.url))
  const { subtle } = globalThis.crypto ?? {}
  return checked(kind, bytes, subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', bytes))) : sha256(bytes))
}

async function fetched(url) {
  try {
    const fs = url.protocol === 'file:' ? globalThis.process?.getBuiltinModule?.('node:fs') : undefined
    if (fs) return new Uint8Array(await fs.promises.readFile(url))
    const response = await fetch(url)
    if (!response.ok) throw new Error(\`status \${response.status}\`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    return fail('ARTEFACT_FILE_MISSING', \`\${url.href} could not be read: \${cause.message}. Keep it beside the module, or give its bytes to load.\`, cause)
  }
}

const verified = (kind, bytes) => checked(kind, bytes, sha256(bytes))

function checked(kind, bytes, digest) {
  if (digest !== spec.files[kind]) fail('ARTEFACT_HASH_MISMATCH', \`the bytes of \${kind} are not those that were exported with this module. Take all files from one export.\`)
  return bytes
}

async function compiled(bytes) {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    return fail('ARTEFACT_UNSUPPORTED', \`this engine does not take the program: \${cause.message}. Export it with format 'js', or without relaxed SIMD.\`, cause)
  }
}

function instance(module, weights) {
  const memory = module ? new WebAssembly.Memory({ initial: spec.memoryPages, maximum: spec.memoryPages }) : { buffer: new ArrayBuffer(spec.memoryPages * 65536) }
  const { buffer } = memory
  const views = { float32: new Float32Array(buffer), float64: new Float64Array(buffer), int32: new Int32Array(buffer), uint8: new Uint8Array(buffer) }
  views.bool = views.uint8
  const at = (dtype, byteOffset, length) => new arrays[dtype](buffer, byteOffset, length)
  const { exp, expm1, log, log1p, sin, cos, tanh, pow } = Math
  const runs = module
    ? new WebAssembly.Instance(module, { gryph: { memory }, math: { exp, expm1, log, log1p, sin, cos, tanh, pow } }).exports
    : Object.fromEntries(Object.entries(programs).map(([name, run]) => [name, () => run(views.float32, views.float64, views.int32, views.uint8)]))

  const tensors = weights === undefined ? new Map() : readTensors(weights)
  for (const { dtype, byteOffset, length, value } of spec.fixed) {
    if (typeof value === 'number') at(dtype, byteOffset, length).fill(value)
    else at(dtype, byteOffset, length).set(elementsOf(tensors, value, dtype, [length]))
  }
  const stateViews = spec.state.map(({ dtype, byteOffset, shape }) => at(dtype, byteOffset, sizeOf(shape)))
  const initial = spec.state.map(({ name, dtype, shape }) => elementsOf(tensors, name, dtype, shape).slice())
  const put = (contents) => contents.forEach((elements, i) => stateViews[i].set(elements))
  const reset = () => put(initial)
  reset()

  const state = {
    /** The names, dtypes and shapes of what calls change and read. */
    get entries() {
      return spec.state.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] }))
    },
    /** A copy of one entry's elements. */
    get(name) {
      const i = spec.state.findIndex((each) => each.name === name)
      return i < 0 ? fail('ARTEFACT_STATE_INVALID', \`there is no state '\${name}'.\`) : stateViews[i].slice()
    },
    /** All of it as the bytes of a safetensors file. */
    save: () => writeTensors(spec.state.map((each, i) => ({ ...each, elements: stateViews[i] }))),
    /** Replaces all of it by what \`save\` gave, here or in gryph; or nothing, if something does not fit. */
    load(bytes) {
      const given = readTensors(asBytes('state', bytes))
      put(spec.state.map(({ name, dtype, shape }) => elementsOf(given, name, dtype, shape)))
    },
  }

  const call = (entry, variant, inputs) => {
    variant.inputs.forEach(({ dtype, byteOffset }, i) => {
      if (byteOffset === null) return
      const value = inputs[i]
      if (typeof value === 'object') views[dtype].set(value, byteOffset / arrays[dtype].BYTES_PER_ELEMENT)
      else views[dtype][byteOffset / arrays[dtype].BYTES_PER_ELEMENT] = Number(value)
    })
    const site = runs[variant.run]()
    if (site !== 0) {
      const check = variant.checks.find((each) => each.site === site)
      const value = views.int32[spec.statusByteOffset >> 2]
      fail(check.code, \`\${entry.name}: \${check.message.replace('{value}', value)}\`)
    }
  }
  const resultOf = (variant, i) => {
    const { dtype, shape, byteOffset } = variant.results[i]
    const first = byteOffset / arrays[dtype].BYTES_PER_ELEMENT
    return views[dtype].slice(first, first + sizeOf(shape))
  }
  const outputOf = (variant, output, inputs) => {
    switch (output.kind) {
      case 'result': {
        const elements = resultOf(variant, output.position)
        return output.as === 'array' ? elements : output.as === 'boolean' ? elements[0] !== 0 : elements[0]
      }
      case 'state':
        return strided(views[output.dtype], output)
      case 'input':
        return inputs[output.position]
      case 'value':
        return output.value
      case 'array':
        return output.items.map((item) => outputOf(variant, item, inputs))
      default:
        return Object.fromEntries(output.keys.map((key, i) => [key, outputOf(variant, output.items[i], inputs)]))
    }
  }

  const functions = Object.fromEntries(spec.entries.map((entry) => {
    const run = (given = {}) => {
      const variant = chosen(entry, given)
      const inputs = variant.inputs.map((input) => leafOf(given, input))
      call(entry, variant, inputs)
      return outputOf(variant, variant.output, inputs)
    }
    return [entry.name, run]
  }))

  const test = () => {
    const before = stateViews.map((view) => view.slice())
    try {
      for (const entry of spec.entries) for (const variant of entry.variants) testVariant(entry, variant)
    } finally {
      put(before)
    }
    return true
  }
  const testVariant = (entry, variant) => {
    const { expected } = variant
    reset()
    try {
      call(entry, variant, variant.inputs.map(testInput))
    } catch (error) {
      if (error.code === expected.code && expected.code !== undefined) return
      throw error
    }
    const results = variant.results.map((_, i) => resultOf(variant, i))
    if (expected.sha256 === sha256(joined([...results, ...stateViews].map(bytesOf)))) return
    const close = (x, i) => Object.is(x, results[0][i]) || Math.abs(x - results[0][i]) <= 1e-9 * Math.max(Math.abs(x), 1)
    if (spec.usesHostMath && expected.sample !== undefined && expected.sample.every(close)) return
    fail('SELF_TEST_FAILED', \`\${entry.name} does not give what it gave when it was exported: this engine computes other bits.\`)
  }

  const api = { state, reset, selfTest: async () => test() }
  return spec.isSingle ? Object.assign(functions[spec.entries[0].name], api) : { ...functions, ...api }
}

/** The variant for the inputs given: the first whose sizes fit. */
function chosen(entry, given) {
  if (typeof given !== 'object' || given === null) fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} takes one object with its inputs by name.\`)
  for (const variant of entry.variants) if (variant.inputs.every((input) => fits(find(given, input.path), input))) return variant
  const { inputs } = entry.variants[0]
  for (const input of inputs) {
    const name = pathText(input.path)
    const value = find(given, input.path)
    if (value === undefined) fail('ARTEFACT_INPUT_MISSING', \`\${entry.name} needs \${name}: \${typeText(input)}.\`)
    if (!fits(value, input)) fail('ARTEFACT_INPUT_INVALID', \`\${entry.name}: \${name} is \${givenText(value)}. It takes \${formsText(entry, name)}.\`)
  }
  return fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} was not exported for these sizes together.\`)
}

const find = (given, path) => path.reduce((value, key) => (value === null || value === undefined ? undefined : value[key]), given)

function fits(value, { dtype, shape, isNumber }) {
  if (typeof value === 'number' || typeof value === 'boolean') return shape.length === 0 && (isNumber || dtype === 'float32' || dtype === 'float64' || Number.isInteger(Number(value)))
  if (isNumber || typeof value !== 'object' || value === null) return false
  const { data = value, shape: own = shape } = value
  return data instanceof arrays[dtype] && data.length === sizeOf(shape) && own.length === shape.length && own.every((size, i) => size === shape[i])
}

function leafOf(given, { path }) {
  const value = find(given, path)
  return typeof value === 'object' ? (value.data ?? value) : value
}

const pathText = (path) => path.map((key, i) => (typeof key === 'number' ? \`[\${key}]\` : i === 0 ? key : \`.\${key}\`)).join('')
const typeText = ({ dtype, shape, isNumber }) => (isNumber ? 'a number' : \`\${arrays[dtype].name} of shape [\${shape.join(', ')}]\`)
const formsText = (entry, name) => [...new Set(entry.variants.flatMap(({ inputs }) => inputs.filter(({ path }) => pathText(path) === name).map(typeText)))].join(', or ')
const givenText = (value) => (ArrayBuffer.isView(value) ? \`\${value.constructor.name} of \${value.length} elements\` : ArrayBuffer.isView(value?.data) ? \`\${value.data.constructor.name} of shape [\${value.shape}]\` : typeof value === 'object' ? 'an object' : String(value))

function strided(view, { dtype, shape, strides, byteOffset }) {
  const first = byteOffset / arrays[dtype].BYTES_PER_ELEMENT
  return arrays[dtype].from({ length: sizeOf(shape) }, (_, i) => {
    let [rest, at] = [i, first]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]) * strides[axis]
      rest = Math.floor(rest / shape[axis])
    }
    return view[at]
  })
}

/** What a self-test gives to an input: floats spread over [-1, 1), and zeros. */
function testInput({ dtype, shape, isNumber }) {
  if (isNumber) return 0.5
  const isFloat = dtype === 'float32' || dtype === 'float64'
  return arrays[dtype].from({ length: sizeOf(shape) }, (_, i) => (isFloat ? (Math.imul(i + 1, -1640531535) >>> 0) / 2 ** 31 - 1 : 0))
}

/** The tensors of a safetensors file by name. Everything is checked before anything is used. */
function readTensors(bytes) {
  const invalid = (why) => fail('ARTEFACT_STATE_INVALID', \`the safetensors bytes are not valid: \${why}.\`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8) invalid('they end in the header')
  const headerLength = Number(view.getBigUint64(0, true))
  if (headerLength > bytes.length - 8) invalid('they end in the header')
  let header
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + headerLength)))
  } catch {
    invalid('the header is not JSON')
  }
  if (typeof header !== 'object' || header === null) invalid('the header is no object')
  const tensors = new Map()
  const data = bytes.subarray(8 + headerLength)
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const dtype = Object.keys(safetensorsDtypes).find((each) => safetensorsDtypes[each] === entry?.dtype)
    const isSize = (size) => Number.isSafeInteger(size) && size >= 0
    if (dtype === undefined || !Array.isArray(entry.shape) || !entry.shape.every(isSize)) invalid(\`'\${name}' has a type that is not known\`)
    const [start, end] = Array.isArray(entry.data_offsets) ? entry.data_offsets : []
    if (!isSize(start) || !isSize(end) || end > data.length || end - start !== sizeOf(entry.shape) * arrays[dtype].BYTES_PER_ELEMENT) invalid(\`'\${name}' does not lie in the file\`)
    tensors.set(name, { dtype, shape: entry.shape, start, end, bytes: data.subarray(start, end) })
  }
  let last = 0
  for (const { start, end } of [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== last) invalid('its tensors overlap or leave gaps')
    last = end
  }
  if (last !== data.length) invalid('more bytes follow the last tensor')
  return tensors
}

function elementsOf(tensors, name, dtype, shape) {
  const found = tensors.get(name)
  const text = (type) => \`\${type.dtype} [\${type.shape.join(', ')}]\`
  if (!found) fail('ARTEFACT_STATE_INVALID', \`there is no tensor '\${name}'.\`)
  if (text(found) !== text({ dtype, shape })) fail('ARTEFACT_STATE_INVALID', \`'\${name}' is \${text(found)}, not \${text({ dtype, shape })}.\`)
  return new arrays[dtype](found.bytes.slice().buffer)
}

function writeTensors(list) {
  let end = 0
  const header = {}
  for (const { name, dtype, shape, elements } of list) header[name] = { dtype: safetensorsDtypes[dtype], shape, data_offsets: [end, (end += elements.byteLength)] }
  const text = JSON.stringify(header)
  const json = new TextEncoder().encode(text + ' '.repeat((8 - (text.length % 8)) % 8))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  return joined([length, json, ...list.map(({ elements }) => bytesOf(elements))])
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let end = 0
  for (const part of parts) {
    all.set(part, end)
    end += part.length
  }
  return all
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** SHA-256 (FIPS 180-4), for where there is no \`crypto.subtle\`, and for \`loadSync\`. */
function sha256(bytes) {
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)
  const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0
  const k = primes.map((prime) => fraction(Math.cbrt(prime)))
  const hash = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6)
  padded.set(bytes)
  padded[bytes.length] = 128
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n)
  const w = new Int32Array(64)
  const turn = (x, n) => (x >>> n) | (x << (32 - n))
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = view.getInt32(block + 4 * i)
      else {
        const [x, y] = [w[i - 15], w[i - 2]]
        w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))
      }
    }
    let [a, b, c, d, e, f, g, h] = hash
    for (let i = 0; i < 64; i++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0]
    }
    for (const [i, x] of [a, b, c, d, e, f, g, h].entries()) hash[i] += x
  }
  return hex(Uint8Array.from({ length: 32 }, (_, i) => hash[i >> 2] >>> (24 - 8 * (i & 3))))
}
`
