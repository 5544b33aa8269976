// What every runtime does with an artefact: plain JavaScript, for it runs where nothing else is.

/** @param {number} length */
export const elements = (length) => Float32Array.from({ length }, (_, i) => Math.fround(((i * 37) % 101) / 50 - 1))
export const labels = Int32Array.of(0, 2, 1, 2)
export const steps = 100

/**
 * Tests an artefact, trains with it, and tells all bits that came out.
 * @param {{ load: (options?: object) => Promise<any> }} module
 * @param {object} [options]
 */
export async function drive({ load }, options) {
  const net = await load(options)
  const tested = await net.selfTest()
  const x = elements(24)
  const losses = Array.from({ length: steps }, () => net.trainStep({ x, y: labels }))
  const predictions = [...net.predict({ x })]
  let code = ''
  try {
    net.predict({ x: new Float32Array(5) })
  } catch (error) {
    code = error.code
  }
  const other = await load(options)
  other.state.load(net.state.save())
  const restored = [...other.predict({ x })]
  const { threads } = net
  net.close?.()
  other.close?.()
  return { tested, losses, predictions, restored, code, threads, state: hash(net.state.save()) }
}

/** FNV-1a. @param {Uint8Array} bytes */
function hash(bytes) {
  let value = 0x811c9dc5
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}
