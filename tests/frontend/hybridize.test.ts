import { describe, test } from 'vitest'
import { programs } from './programs.ts'
import { sameTwice } from './twice.ts'

describe.each(['wasm', 'js'] as const)('eager and compiled to %s give the same bits:', (target) => {
  test.each(Object.entries(programs))('%s', (_, program) => void sameTwice(program, target))
})

test.each(['fusion', 'simplify', 'canonicalize', 'view-sinking', 'common-subexpressions', 'constant-folding'])(
  'a training step has the same bits without %s',
  (pass) => {
    void sameTwice({ ...programs['a training step']!, options: { withoutPasses: [pass] } }, 'wasm')
  },
)
