import { expect, test } from 'vitest'
import { hybridize, rand, tensor, variable, type Tensor } from '../../src/index.ts'
import { buildArtefact } from '../../src/export/index.ts'
import { codeOf } from './load-artefact.ts'

const x = tensor([1, 2, 3])
const handedOn = (n: number): number => (n === 1 ? 2 : 3)
const total = variable(0)

// What the export looks at, it leaves as it was: also where there is no artefact, or the function is recorded twice.
test.each<[string, (...args: never[]) => Tensor, readonly (Tensor | number)[], string | undefined]>([
  ['reads on the host', (x: Tensor) => x.mul(total.add_(1).add(rand([])).item()), [x], 'EXPORT_REFUSED'],
  ['makes variables of its own', (x: Tensor) => variable(x).add_(total.add_(1)).mul(1), [x], 'EXPORT_REFUSED'],
  [
    'hands a number on',
    (x: Tensor, n: number) => {
      total.add_(1)
      return x.mul(handedOn(n))
    },
    [x, 1],
    undefined,
  ],
])('making a program for a function that %s makes no call', async (_, f, inputs, code) => {
  total.assign(tensor(0))
  const fast = hybridize(f)
  expect(await codeOf(() => buildArtefact(fast, { name: 'f', inputs }))).toBe(code)
  expect([total.item(), fast.stats.calls]).toEqual([0, 0])
})

test('a form beyond the limit of specialisations is exported, and no call of it is made', async () => {
  total.assign(tensor(0))
  const f = hybridize((x: Tensor) => x.mul(total.add_(1)), { maxSpecialisations: 1, dynamicAxes: false })
  f(x)
  await buildArtefact(f, { name: 'f', inputs: [tensor([1, 2])] })
  expect(total.item()).toBe(1)
})
