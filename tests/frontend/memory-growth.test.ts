/** Copies that make the memory grow, and with it replace every view of it. */
import { expect, test } from 'vitest'
import { hybridize, tensor, variable, zeros, type Tensor } from '../../src/index.ts'
import { deviceArena } from '../../src/runtime/arena.ts'

/** A view whose copy in row-major order takes more memory than is free. */
function largeTransposed(): Tensor {
  const columns = Math.floor(deviceArena().memory.buffer.byteLength / 3 / 4 / 512)
  return tensor(
    Float32Array.from({ length: 512 * columns }, (_, i) => i % 97),
    { shape: [512, columns] },
  ).transpose()
}

const firstRows = (x: Tensor): Tensor => x.slice([[0, 2]]).mul(2)

test('an argument that lies in columns is copied in when the memory grows for the copy', () => {
  const x = largeTransposed()
  expect(hybridize(firstRows)(x).data()).toEqual(firstRows(x).data())
})

test('a captured tensor that lies in columns is copied in when the memory grows for the copy', () => {
  const x = largeTransposed()
  const fn = (y: Tensor): Tensor => firstRows(x).mul(y)
  expect(hybridize(fn)(tensor(2)).data()).toEqual(fn(tensor(2)).data())
})

test('a variable gets elements that lie in columns when the memory grows for the copy', () => {
  const x = largeTransposed()
  const state = variable(zeros(x.shape))
  state.assign(x)
  expect(firstRows(state).data()).toEqual(firstRows(x).data())
})
