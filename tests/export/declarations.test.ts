import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { crossEntropy, hybridize, nn, optim, tensor, variable, type Tensor } from '../../src/index.ts'
import { exportModule } from '../../src/export/index.ts'
import { runTimeText } from '../../src/export/run-time.ts'
import { matchesGolden } from '../golden.ts'
import { temporaryFolder } from './load-artefact.ts'

const folder = temporaryFolder()
const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

test('declarations have the names, shapes and dtypes, and a program that uses them type-checks', async () => {
  const net = nn.linear(3, 2)
  const optimizer = optim.sgd(net.parameters(), { lr: 0.1 })
  const predict = hybridize((x: Tensor) => ({ scores: net.forward(x), best: net.forward(x).argmax(1) }))
  const trainStep = hybridize((x: Tensor, y: Tensor, { scale }: { scale: number }) => {
    const loss = crossEntropy(net.forward(x), y).mul(scale)
    loss.backward()
    optimizer.step()
    return [loss, scale]
  })
  const x = tensor([[1, 2, 3]])
  const y = tensor([1], { dtype: 'int32' })
  const inputs = { predict: { x }, trainStep: { x, y, options: { scale: 2 } } }
  await exportModule({ predict, trainStep }, { name: 'small-net', outDir: folder, inputs, weights: net })
  matchesGolden(readFileSync(join(folder, 'small-net.d.mts'), 'utf8'), 'export/small-net.d.mts')
  writeFileSync(
    join(folder, 'use.mts'),
    `import { load, ArtefactError } from './small-net.mjs'
const net = await load()
const { scores, best } = net.predict({ x: new Float32Array(3) })
const sum: number = scores[0]! + best[0]!
const [loss] = net.trainStep({ x: { data: new Float32Array(3), shape: [1, 3] }, y: Int32Array.of(1), options: { scale: sum } })
const text: string = loss.toFixed(2) + net.state.entries[0]!.name
// @ts-expect-error float64 elements are not taken
net.predict({ x: new Float64Array(3) })
// @ts-expect-error an input is missing
net.trainStep({ x: new Float32Array(3) })
export { text, ArtefactError }
`,
  )
  requireTypes()
})

function requireTypes(): void {
  const libraries = ['--lib', 'es2022,dom', '--types', '']
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', ...libraries]
  expect(() =>
    execFileSync(process.execPath, [tsc, ...options, 'use.mts'], { cwd: folder, encoding: 'utf8' }),
  ).not.toThrow()
}

test('settings, defaults, constants, returned inputs and state, and names of other types have their types', async () => {
  const total = variable(0)
  const f = hybridize(
    (x: Tensor, [a, text, b]: readonly [Tensor, string, Tensor], squared: boolean, mask: Tensor | null, by = 1) => {
      total.add_(1)
      return { x, a, mask, total, nan: NaN, none: undefined, '*/': text, sum: squared ? a.add(b).mul(by) : a }
    },
  )
  const [x, a] = [tensor([1, 2]), tensor(3)]
  f(x, [a, '*/', a], true, null)
  const elements = hybridize((x: Tensor) => x)
  elements(x)
  await exportModule({ elements, artefact: elements, Elements: elements, f }, { name: 'odd', outDir: folder })
  writeFileSync(
    join(folder, 'use.mts'),
    `import { load, type F } from './odd.mjs'
const { f, elements, artefact, Elements } = await load()
const x = new Float32Array(2)
const more = { argument1: [1, '*/', { data: new Float32Array(1), shape: [] }] } as const
const given: Parameters<F>[0] = { x, ...more, squared: true }
const result = f({ ...given, mask: null, by: undefined })
const numbers: number[] = [result.a, result.total, result.nan, result.sum]
const others: [Float32Array, null, undefined, '*/'] = [result.x, result.mask, result.none, result['*/']]
const same: Float32Array = elements({ x: artefact({ x: Elements({ x }) }) })
// @ts-expect-error exported with true
f({ x, ...more, squared: false })
// @ts-expect-error exported without
f({ x, ...more, squared: true, by: 2 })
export { numbers, others, same }
`,
  )
  requireTypes()
})

test('the run-time that every artefact carries is under 5 KB gzipped, and evaluates no text', () => {
  expect(gzipSync(runTimeText).length).toBeLessThan(5 * 1024)
  expect(runTimeText).not.toMatch(/\beval\b(?!`)|new Function/)
})
