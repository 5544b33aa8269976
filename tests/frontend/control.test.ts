import { describe, test } from 'vitest'
import { gradients, secondGradients, states, values } from './control-programs.ts'
import { sameTwice, type Program } from './twice.ts'

const modes = [
  ['WebAssembly', 'wasm', {}],
  ['JavaScript', 'js', {}],
  ['two threads', 'wasm', { threads: 2, splitFrom: 1 }],
] as const

describe.each(modes)('control flow in %s has the bits of eager JavaScript', (_, target, options) => {
  const same = (program: Program): void =>
    void sameTwice({ ...program, options: { ...options, ...program.options } }, target)
  test.each(Object.entries(values))('%s', (_name, program) => same(program))
  test.each(Object.entries(states))('state: %s', (_name, program) => same(program))
  test.each(Object.entries(gradients))('the gradient %s', (_name, program) => same(program))
})

test.each(Object.entries(secondGradients))('second gradients %s are those of eager JavaScript', (_name, program) => {
  sameTwice(program, 'wasm')
})
