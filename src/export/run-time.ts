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
    return checked(kind, bytes, subtle ? hex(new Uint8Array(await subtle.digest('SHA-256', bytes)), 2) : sha256(bytes))
  }))
  try {
    return instance(bytesIn(wasm) ? await WebAssembly.compile(wasm) : wasm, weights, crew)
  } catch (cause) {
    return unsupported(cause)
  }
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
    return fail('ARTEFACT_FILE_MISSING', \`\${place} could not be read: \${cause.message}.\`, cause)
  }
}

function checked(kind, bytes, digest) {
  if (digest !== spec.files[kind]) fail('ARTEFACT_HASH_MISMATCH', \`the \${kind} are not those of this module.\`)
  return bytes
}

const unsupported = (cause) => {
  if (cause instanceof ArtefactError) throw cause
  return fail('ARTEFACT_UNSUPPORTED', \`this engine does not take the program: \${cause.message}. Export it as 'js'.\`, cause)
}

// A module that was given, and not its bytes, may be another one.
function linked(module, imports) {
  const { exports } = new WebAssembly.Instance(module, imports)
  return exports[spec.entries[0].variants[0].run] ? exports : checked('wasm', module)
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

  const stored = spec.fixed.filter(({ name }) => name)
  const initial = weights ? readTensors(weights, [...spec.state, ...stored]) : []
  for (const each of spec.fixed) at(each, each.shape[0]).fill(each.value ?? 0)
  initial.splice(spec.state.length).forEach((elements, i) => at(stored[i], elements.length).set(elements))
  const stateViews = spec.state.map((each) => at(each, sizeOf(each.shape)))
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
    load: (bytes) => put(readTensors(bytesIn(bytes) ?? new Uint8Array(), spec.state)),
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
      const { code, message } = variant.checks.find((each) => each.site === site)
      fail(code, \`\${entry.name}: \${message.replace('{value}', int32[spec.statusByteOffset >> 2])}\`)
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

  const functions = Object.fromEntries(entries.map((entry) => {
    const run = (given = {}) => {
      const variant = chosen(entry, given)
      const inputs = variant.inputs.map((input) => leafOf(given, input))
      call(entry, variant, inputs)
      return outputOf(variant, variant.output, inputs)
    }
    return [entry.name, run]
  }))

  const selfTest = async () => {
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
      if (expected.code && error.code === expected.code) return
      throw error
    }
    const found = [...variant.results.map((_, i) => resultOf(variant, i)), ...stateViews]
    if (expected.sha256 === sha256(joined(found.map(comparable)))) return
    const close = (x, i) => x === null || Math.abs(x - found[0][i]) <= 1e-9 * Math.max(Math.abs(x), 1)
    if (spec.usesHostMath && expected.sample?.every(close)) return
    fail('SELF_TEST_FAILED', \`\${entry.name} gives other bits than when it was exported.\`)
  }

  return Object.assign(spec.isSingle ? functions[entries[0].name] : functions, { state, reset, selfTest }, crew?.api)
}

// The first whose sizes fit.
function chosen(entry, given) {
  const wrong = (text) => fail('ARTEFACT_INPUT_INVALID', \`\${entry.name} \${text}.\`)
  if (typeof given !== 'object' || given === null) wrong('takes an object of inputs by name')
  const near = entry.variants.filter(({ inputs }) => inputs.every((input) => fits(find(given, input.path), input)))
  for (const variant of near) if (variant.settings.every((setting) => meets(given, setting))) return variant
  if (near.length > 0) wrong(settingsWrong(given, near))
  entry.variants[0].inputs.forEach((input, i) => {
    const value = find(given, input.path)
    const forms = [...new Set(entry.variants.map(({ inputs }) => inputs[i]?.text))].join(', or ')
    if (value === undefined) fail('ARTEFACT_INPUT_MISSING', \`\${entry.name} needs \${forms}.\`)
    if (!fits(value, input)) wrong(\`was given \${givenText(value)}. It takes \${forms}\`)
  })
  return wrong('does not take these sizes together')
}

const find = (given, path) => path.reduce((value, key) => (value === null || value === undefined ? undefined : value[key]), given)

function fits(value, { dtype, shape, isNumber }) {
  if (typeof value === 'number' || typeof value === 'boolean') return shape.length === 0 && (isNumber || dtype === 'float32' || dtype === 'float64' || arrays[dtype].of(value)[0] === Number(value))
  if (isNumber || typeof value !== 'object' || value === null) return false
  const { data = value, shape: own = shape } = value
  // By name, for those of other realms.
  return data?.[Symbol.toStringTag] === arrays[dtype].name && data.length === sizeOf(shape) && own.length === shape.length && own.every((size, i) => size === shape[i])
}

function leafOf(given, { path, shape }) {
  const value = find(given, path)
  const leaf = value.data ?? value
  return shape.length > 0 ? leaf : Number(leaf[0] ?? leaf)
}

const givenText = (value) => (typeof value === 'object' ? \`\${value?.constructor?.name} of \${value?.shape ? \`shape [\${value.shape}]\` : \`\${value?.length} elements\`}\` : String(value))

// Floats in [-1, 1), and zeros.
function testInput({ dtype, shape, isNumber }) {
  if (isNumber) return 0.5
  const isFloat = dtype === 'float32' || dtype === 'float64'
  return arrays[dtype].from({ length: sizeOf(shape) }, (_, i) => (isFloat ? (Math.imul(i + 1, -1640531535) >>> 0) / 2 ** 31 - 1 : 0))
}

// The bits of a NaN are nobody's.
const comparable = (elements) => bytesOf(elements.map((x) => (x === x ? x : 8e20)))

// The elements of those in \`list\`, all checked before any is used.
function readTensors(bytes, list) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = bytes.length < 8 ? Infinity : 8 + Number(view.getBigUint64(0, true))
  let header
  try {
    header = new Map(Object.entries(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))))
  } catch {
    stateInvalid('these are no safetensors bytes')
  }
  const data = bytes.subarray(start)
  const known = []
  return list.map(({ name, dtype, shape }) => {
    const found = header.get(name) ?? stateInvalid(\`there is no tensor '\${name}'\`)
    const isList = (sizes, length) => Array.isArray(sizes) && sizes.length === length
    if (found.dtype !== safetensorsDtypes[dtype] || !isList(found.shape, shape.length) || shape.some((size, i) => size !== found.shape[i])) stateInvalid(\`'\${name}' is not \${dtype} [\${shape}]\`)
    const [first, end] = isList(found.data_offsets, 2) ? found.data_offsets : []
    const fits = first >= 0 && Number.isSafeInteger(first) && end === first + sizeOf(shape) * arrays[dtype].BYTES_PER_ELEMENT && end <= data.length
    if (!fits || known.some((other) => first < other.end && other.first < end)) stateInvalid(\`'\${name}' does not lie in the file\`)
    known.push({ first, end })
    return new arrays[dtype](data.slice(first, end).buffer)
  })
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

const hex = (words, digits) => Array.from(words, (word) => word.toString(16).padStart(digits, '0')).join('')

// FIPS 180-4.
function sha256(bytes) {
  const primes = []
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n)
  const fraction = (x) => ((x % 1) * 2 ** 32) | 0
  const k = primes.map((prime) => fraction(Math.cbrt(prime)))
  const hash = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
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
    ;[a, b, c, d, e, f, g, h].forEach((x, i) => (hash[i] = (hash[i] + x) >>> 0))
  }
  return hex(hash, 8)
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

function settingsWrong(given, near) {
  const texts = near.map(({ settings }) => {
    const { path, value, keys } = settings.find((setting) => !meets(given, setting))
    const name = path.join('.')
    return keys ? \`with \${name} of \${keys.join(', ')} alone\` : value === null ? \`without \${name}\` : \`with \${name} = \${JSON.stringify(value)}\`
  })
  return \`was exported \${texts.join(', or ')}\`
}
`
