/**
 * The code that every artefact carries, after its `spec`, `files` and `programs`. Plain JavaScript of 2022 that needs nothing: no `eval`, no
 * globals of its own, and of its host only WebAssembly, `fetch` or `process.getBuiltinModule`, and `crypto.subtle` where it is there.
 */
export const runTimeText = `
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
const stateInvalid = (why) => fail('ARTEFACT_STATE_INVALID', \`\${why}.\`)
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array }
const safetensorsDtypes = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' }
const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1)
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)
const isModule = (given) => typeof WebAssembly === 'object' && given instanceof WebAssembly.Module
const bytesIn = (given) => (ArrayBuffer.isView(given) ? bytesOf(given) : given instanceof ArrayBuffer ? new Uint8Array(given) : undefined)

// An instance of its own, from the files beside this module or from what is given.
export async function load(options = {}) {
  const crew = spec.threads && (await startCrew(options))
  const [wasm, weights] = await Promise.all([crew ? 'threads' : 'wasm', 'weights'].map(async (kind) => {
    const given = options[kind] ?? files[kind]?.()
    if (given === undefined || isModule(given)) return given
    const bytes = bytesIn(given) ?? (await fetched(given))
    const { subtle } = globalThis.crypto ?? {}
    return checked(kind, bytes, subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', bytes))) : sha256(bytes))
  }))
  return instance(bytesIn(wasm) ? await compiled(wasm) : wasm, weights, crew)
}

export function loadSync(options = {}) {
  const [wasm, weights] = ['wasm', 'weights'].map((kind) => {
    const given = options[kind] ?? files[kind]?.()
    if (given === undefined || isModule(given)) return given
    const bytes = bytesIn(given) ?? fail('ARTEFACT_FILE_MISSING', \`loadSync needs the bytes of \${kind}.\`)
    return checked(kind, bytes, sha256(bytes))
  })
  try {
    return instance(bytesIn(wasm) ? new WebAssembly.Module(wasm) : wasm, weights)
  } catch (cause) {
    return unsupported(cause)
  }
}

export const selfTest = async (options) => (await load(options)).selfTest()

async function fetched(place) {
  try {
    const url = new URL(place, import.meta.url)
    const fs = url.protocol === 'file:' && globalThis.process?.getBuiltinModule?.('node:fs')
    if (fs) return new Uint8Array(await fs.promises.readFile(url))
    const response = await fetch(url)
    if (!response.ok) throw new Error(\`status \${response.status}\`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    return fail('ARTEFACT_FILE_MISSING', \`\${place} could not be read: \${cause.message}. Give its bytes to load.\`, cause)
  }
}

function checked(kind, bytes, digest) {
  if (digest !== spec.files[kind]) fail('ARTEFACT_HASH_MISMATCH', \`the \${kind} are not those of this module. Take all files from one export.\`)
  return bytes
}

async function compiled(bytes) {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    return unsupported(cause)
  }
}

const unsupported = (cause) => {
  if (cause instanceof ArtefactError) throw cause
  return fail('ARTEFACT_UNSUPPORTED', \`this engine does not take the program: \${cause.message}. Export it as 'js'.\`, cause)
}

// A module that was given, and not its bytes, may be another one.
function linked(module, imports) {
  try {
    const { exports } = new WebAssembly.Instance(module, imports)
    if (spec.entries.every(({ variants }) => variants.every(({ run }) => exports[run]))) return exports
  } catch (cause) {
    return unsupported(cause)
  }
  return fail('ARTEFACT_HASH_MISMATCH', 'the module is of another artefact.')
}

function instance(module, weights, crew) {
  const { entries } = crew ? spec.threads : spec
  const memory = crew?.memory ?? (module ? new WebAssembly.Memory({ initial: spec.memoryPages, maximum: spec.memoryPages }) : { buffer: new ArrayBuffer(spec.memoryPages * 65536) })
  const views = Object.fromEntries(Object.entries(arrays).map(([dtype, Elements]) => [dtype, new Elements(memory.buffer)]))
  const at = ({ dtype, byteOffset }, length) => {
    const first = byteOffset / arrays[dtype].BYTES_PER_ELEMENT
    return views[dtype].subarray(first, first + length)
  }
  const { float32, float64, int32, uint8 } = views
  const runs = crew ? crew.link(module) : module ? linked(module, { gryph: { memory }, math: Math }) : programs

  const tensors = weights === undefined ? new Map() : readTensors(weights)
  for (const each of spec.fixed) {
    const { value, length } = each
    if (typeof value === 'number') at(each, length).fill(value)
    else at(each, length).set(elementsOf(tensors, { ...each, name: value, shape: [length] }))
  }
  const stateViews = spec.state.map((each) => at(each, sizeOf(each.shape)))
  const initial = spec.state.map((each) => elementsOf(tensors, each))
  const put = (contents) => contents.forEach((elements, i) => stateViews[i].set(elements))
  const reset = () => put(initial)
  reset()

  const state = {
    entries: spec.state.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] })),
    get(name) {
      const i = spec.state.findIndex((each) => each.name === name)
      return (stateViews[i] ?? stateInvalid(\`there is no state '\${name}'\`)).slice()
    },
    save: () => writeTensors(spec.state.map((each, i) => ({ ...each, elements: stateViews[i] }))),
    load(bytes) {
      const given = readTensors(bytesIn(bytes) ?? stateInvalid('these are no bytes'))
      put(spec.state.map((each) => elementsOf(given, each)))
    },
  }

  const call = (entry, variant, inputs) => {
    variant.inputs.forEach((input, i) => {
      if (input.byteOffset === null) return
      const value = inputs[i]
      const to = views[input.dtype]
      const first = input.byteOffset / to.BYTES_PER_ELEMENT
      if (typeof value !== 'object') to[first] = value
      else if (input.dtype !== 'bool') to.set(value, first)
      else for (let k = 0; k < value.length; k++) to[first + k] = value[k] !== 0 ? 1 : 0
    })
    const site = runs[variant.run](float32, float64, int32, uint8)
    if (site !== 0) {
      const check = variant.checks.find((each) => each.site === site)
      fail(check.code, \`\${entry.name}: \${check.message.replace('{value}', int32[spec.statusByteOffset >> 2])}\`)
    }
  }
  const resultOf = (variant, i) => at(variant.results[i], sizeOf(variant.results[i].shape)).slice()
  const outputOf = (variant, output, inputs) => {
    switch (output.kind) {
      case 'result': {
        const elements = resultOf(variant, output.position)
        return output.as === 'array' ? elements : output.as === 'boolean' ? elements[0] !== 0 : elements[0]
      }
      case 'state':
        return strided(views[output.dtype], output)
      case 'input': {
        const value = inputs[output.position]
        return variant.inputs[output.position].shape.length > 0 ? value : Number(typeof value === 'object' ? value[0] : value)
      }
      case 'value':
        return output.number ? Number(output.number) : output.value
      case 'array':
        return output.items.map((item) => outputOf(variant, item, inputs))
      default:
        return Object.fromEntries(output.keys.map((key, i) => [key, outputOf(variant, output.items[i], inputs)]))
    }
  }

  const functions = Object.fromEntries(entries.map((entry) => {
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
      for (const entry of entries) for (const variant of entry.variants) testVariant(entry, variant)
    } finally {
      put(before)
    }
    return true
  }
  const testVariant = (entry, variant) => {
    const { expected } = variant
    if (!expected) return
    reset()
    try {
      call(entry, variant, variant.inputs.map(testInput))
    } catch (error) {
      if (error.code === expected.code && expected.code !== undefined) return
      throw error
    }
    const results = variant.results.map((_, i) => resultOf(variant, i))
    const [first] = [...results, ...stateViews]
    if (expected.sha256 === sha256(joined([...results, ...stateViews].map(comparable)))) return
    const close = (x, i) => x === null || Math.abs(x - first[i]) <= 1e-9 * Math.max(Math.abs(x), 1)
    if (spec.usesHostMath && expected.sample !== undefined && expected.sample.every(close)) return
    fail('SELF_TEST_FAILED', \`\${entry.name} gives other bits than when it was exported.\`)
  }

  return Object.assign(spec.isSingle ? functions[entries[0].name] : functions, { state, reset, selfTest: async () => test() }, crew?.api)
}

// The first whose sizes fit.
function chosen(entry, given) {
  if (typeof given !== 'object' || given === null) fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} takes an object of inputs by name.\`)
  const near = entry.variants.filter(({ inputs }) => inputs.every((input) => fits(find(given, input.path), input)))
  for (const variant of near) if (variant.settings.every((setting) => meets(given, setting))) return variant
  if (near.length > 0) failSettings(entry, given, near)
  entry.variants[0].inputs.forEach((input, i) => {
    const value = find(given, input.path)
    const forms = [...new Set(entry.variants.map(({ inputs }) => inputs[i]?.text))].join(', or ')
    if (value === undefined) fail('ARTEFACT_INPUT_MISSING', \`\${entry.name} needs \${forms}.\`)
    if (!fits(value, input)) fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} was given \${givenText(value)}. It takes \${forms}.\`)
  })
  return fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} does not take these sizes together.\`)
}

const find = (given, path) => path.reduce((value, key) => (value === null || value === undefined ? undefined : value[key]), given)

function fits(value, { dtype, shape, isNumber }) {
  if (typeof value === 'number' || typeof value === 'boolean') return shape.length === 0 && (isNumber || dtype === 'float32' || dtype === 'float64' || arrays[dtype].of(value)[0] === Number(value))
  if (isNumber || typeof value !== 'object' || value === null) return false
  const { data = value, shape: own = shape } = value
  // Also one of another page's or test's globals.
  return data?.[Symbol.toStringTag] === arrays[dtype].name && data.length === sizeOf(shape) && own.length === shape.length && own.every((size, i) => size === shape[i])
}

function leafOf(given, { path }) {
  const value = find(given, path)
  return typeof value === 'object' ? (value.data ?? value) : value
}

const givenText = (value) => (typeof value === 'object' ? \`\${value?.constructor?.name} of \${value?.shape ? \`shape [\${value.shape}]\` : \`\${value?.length} elements\`}\` : String(value))

// Floats in [-1, 1), and zeros.
function testInput({ dtype, shape, isNumber }) {
  if (isNumber) return 0.5
  const isFloat = dtype === 'float32' || dtype === 'float64'
  return arrays[dtype].from({ length: sizeOf(shape) }, (_, i) => (isFloat ? (Math.imul(i + 1, -1640531535) >>> 0) / 2 ** 31 - 1 : 0))
}

// The bits of a NaN are nobody's.
const comparable = (elements) => bytesOf(elements.BYTES_PER_ELEMENT < 4 || elements instanceof Int32Array ? elements : elements.map((x) => (x === x ? x : 8e20)))

// Everything is checked before anything is used.
function readTensors(bytes) {
  const invalid = (why) => stateInvalid(\`these are no safetensors bytes: \${why}\`)
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

function elementsOf(tensors, { name, dtype, shape }) {
  const found = tensors.get(name)
  const text = (type) => \`\${type.dtype} [\${type.shape.join(', ')}]\`
  if (!found) stateInvalid(\`there is no tensor '\${name}'\`)
  if (text(found) !== text({ dtype, shape })) stateInvalid(\`'\${name}' is \${text(found)}, not \${text({ dtype, shape })}\`)
  return new arrays[dtype](found.bytes.slice().buffer)
}

function writeTensors(list) {
  let end = 0
  const header = { __proto__: null }
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

// FIPS 180-4.
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

/** For programs that return views of their state. */
export const stridedText = `
function strided(view, { dtype, shape, strides, byteOffset }) {
  const first = byteOffset / view.BYTES_PER_ELEMENT
  if (shape.length === 0) return view[first]
  return arrays[dtype].from({ length: sizeOf(shape) }, (_, i) => {
    let at = first
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (i % shape[axis]) * strides[axis]
      i = Math.floor(i / shape[axis])
    }
    return view[at]
  })
}
`

/** For programs that were made for some values of their arguments. */
export const settingsText = `
function meets(given, { path, value, keys }) {
  const found = find(given, path) ?? null
  return keys ? found === null || Object.keys(found).every((key) => found[key] === undefined || keys.includes(key)) : found === value
}

function failSettings(entry, given, near) {
  const texts = near.map(({ settings }) => {
    const { path, value, keys } = settings.find((setting) => !meets(given, setting))
    const name = path.join('.')
    return keys ? \`with \${name} of \${keys.join(', ')} alone\` : value === null ? \`without \${name}\` : \`with \${name} = \${JSON.stringify(value)}\`
  })
  fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} was exported \${texts.join(', or ')}.\`)
}
`
