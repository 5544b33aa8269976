// A page without a bundler: the exported network, a canvas, and a few buttons.
import { load } from './clothes.mjs'

const names = ['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']
const size = 28
const scale = 10
/** How often a correction is shown, each time moved a little. */
const repetitions = 12

const byId = (id) => document.getElementById(id)
const context = byId('drawing').getContext('2d', { willReadFrequently: true })
const pixels = new Float32Array(size * size)
let net
let pictures
let nextPicture = 0

function draw() {
  const image = context.createImageData(size * scale, size * scale)
  for (let i = 0; i < size * scale * size * scale; i++) {
    const [x, y] = [Math.floor((i % (size * scale)) / scale), Math.floor(i / (size * scale) / scale)]
    image.data.fill(pixels[y * size + x] * 255, 4 * i, 4 * i + 3)
    image.data[4 * i + 3] = 255
  }
  context.putImageData(image, 0, 0)
}

function show() {
  draw()
  const start = performance.now()
  const chances = net.predict({ image: pixels })
  const ms = performance.now() - start
  const ranked = names.map((name, i) => ({ name, chance: chances[i] })).sort((a, b) => b.chance - a.chance)
  byId('chances').replaceChildren(
    ...ranked.map(({ name, chance }) => {
      const row = document.createElement('li')
      const meter = Object.assign(document.createElement('meter'), { value: chance })
      const texts = [name, `${(100 * chance).toFixed(0)} %`].map((text) =>
        Object.assign(document.createElement('span'), { textContent: text }),
      )
      row.append(texts[0], meter, texts[1])
      return row
    }),
  )
  byId('status').textContent = `computed in ${ms.toFixed(1)} ms`
  return ranked[0].name
}

/** The picture moved by up to two pixels. */
function moved(dx, dy) {
  return pixels.map((_, i) => {
    const [x, y] = [(i % size) - dx, Math.floor(i / size) - dy]
    return x < 0 || y < 0 || x >= size || y >= size ? 0 : pixels[y * size + x]
  })
}

function teach(label) {
  let loss = 0
  for (let i = 0; i < repetitions; i++) {
    const images = new Float32Array(4 * size * size)
    for (let k = 0; k < 4; k++) images.set(moved(((i + k) % 3) - 1, (((i >> 1) + k) % 3) - 1), k * size * size)
    loss = net.learn({ images, classes: new Uint8Array(4).fill(label) })
  }
  const seen = show()
  byId('status').textContent = `${repetitions} steps, loss ${loss.toFixed(3)}: now it sees ${seen}`
}

function takePicture() {
  for (let i = 0; i < pixels.length; i++) pixels[i] = pictures[nextPicture + i] / 255
  nextPicture = (nextPicture + size * size) % pictures.length
  show()
}

function paint({ offsetX, offsetY, buttons }) {
  if (buttons === 0) return
  const [cx, cy] = [offsetX / scale - 0.5, offsetY / scale - 0.5]
  for (let i = 0; i < pixels.length; i++) {
    const distance = Math.hypot((i % size) - cx, Math.floor(i / size) - cy)
    pixels[i] = Math.max(pixels[i], Math.min(1, Math.max(0, 1.8 - distance)))
  }
  show()
}

/** Checkpoints are safetensors bytes; gryph reads them too. */
function save() {
  const bytes = net.state.save()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes]))
  link.download = 'clothes.safetensors'
  link.click()
  byId('status').textContent = `saved ${(bytes.length / 1000).toFixed(0)} kB`
}

try {
  net = await load()
  pictures = new Uint8Array(await (await fetch('pictures.bin')).arrayBuffer())
  byId('class').append(...names.map((name, value) => new Option(name, value)))
  byId('drawing').addEventListener('pointerdown', paint)
  byId('drawing').addEventListener('pointermove', paint)
  byId('clear').onclick = () => {
    pixels.fill(0)
    show()
  }
  byId('picture').onclick = takePicture
  byId('teach').onclick = () => teach(Number(byId('class').value))
  byId('save').onclick = save
  byId('reset').onclick = () => {
    net.reset()
    show()
  }
  takePicture()
} catch (error) {
  byId('status').textContent = `${error.code ?? error.name}: ${error.message}`
}
