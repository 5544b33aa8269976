import * as g from 'gryph'
import { expect } from 'vitest'

const float64 = { dtype: 'float64' } as const

/** The numbers that torch-figures.py takes, which are exact: element k of the tensor with this salt. */
export function numbers(shape: readonly number[], salt: number, scale = 1): g.Tensor {
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Array.from({ length: count }, (_, k) => (((k * 7919 + salt * 104729 + 13) % 1000) / 500 - 1) * scale)
  return g.tensor(values, { ...float64, shape })
}
export const ints = (data: number[] | number[][]): g.Tensor => g.tensor(data, { dtype: 'int32' })

/** That elements are those of the text, to 1e-12 of the largest. */
export function expectFigures(actual: g.Tensor, text: string): void {
  const expected = text.split(' ').map((word) => (word === 'inf' ? Infinity : Number(word)))
  const elements = Array.from(actual.data())
  expect(elements.length).toBe(expected.length)
  const largest = Math.max(1, ...expected.map(Math.abs))
  const wrong = elements.flatMap((element, i) =>
    Math.abs(element - expected[i]!) <= 1e-12 * largest ? [] : [`${i}: ${element} instead of ${expected[i]}`],
  )
  expect(wrong).toEqual([])
}
