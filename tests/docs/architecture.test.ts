import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { recordCall } from '../../src/frontend/hybridize/record-call.ts'
import { templateOf } from '../../src/frontend/hybridize/template.ts'
import { configure, hybridize, ones } from '../../src/index.ts'
import { printGraph } from '../../src/ir/print.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { fit } from './fit.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const page = read('../../docs/architecture.md')
const args = [ones([64]), ones([64]), 0.25] as const

const run = fit as unknown as (...given: unknown[]) => unknown // recordCall knows no parameter types
const call = recordCall(run, 'fit', args, templateOf(args, false), true)
if (!('recording' in call)) throw new Error('fit reads values on the host')
const { traced, optimized, plan } = compileGraph(call.recording.graph, { target: 'wasm' })

configure({ hybridize: 'on' })
const fast = hybridize(fit)
for (let i = 0; i < 3; i++) fast(...args)

/** Where a fresh arena puts buffers, and who called, is no part of the picture. */
const plain = (text: string): string => text.replaceAll(/offset=\d+/g, 'offset=…').replaceAll(/^\/\/ .*\n/gm, '')

/** Asserts that the page shows `text` between ```lang and ```; a line of dots stands for lines left out. */
function shows(text: string, lang = 'text'): void {
  const lines = plain(text).trimEnd().split('\n')
  const blocks = [...page.matchAll(/```(\S+)\n([\s\S]*?)```/g)]
    .filter(([, of]) => of === lang)
    .map(([, , body]) => body!.trimEnd().split('\n'))
  expect(
    blocks.some((block) => isExcerpt(block, lines)),
    `docs/architecture.md shows, with lines left out at … only:\n${lines.join('\n')}\n`,
  ).toBe(true)
}

/** Whether `block` is `lines` from the first to the last, with runs of lines replaced by … lines. */
function isExcerpt(block: readonly string[], lines: readonly string[]): boolean {
  const [line, ...rest] = block
  if (line === undefined) return lines.length === 0
  if (line.trim() !== '…') return line === lines[0] && isExcerpt(rest, lines.slice(1))
  return lines.some((_, skipped) => isExcerpt(rest, lines.slice(skipped))) || rest.length === 0
}

test('the page follows the function that this test compiles', () => {
  shows(read('fit.ts').replace('export ', ''), 'ts')
})

test('the page shows the traced and the optimized graph', () => {
  shows(printGraph(traced))
  shows(printGraph(optimized))
})

test('the page shows the fusion groups', () => {
  shows(
    plan.groups
      .map((group, i) => `${plan.kernels[i]!.name}: ${group.kind} of ${group.nodes.map((node) => node.op).join(', ')}`)
      .join('\n'),
  )
})

test('the page shows the plan of the memory', () => {
  shows(
    plan.lifetimes
      .map(
        ({ buffer, byteLength, byteOffset, first, last }) =>
          `${buffer.name}: ${byteLength} bytes at ${byteOffset}, steps ${first} to ${last}`,
      )
      .join('\n'),
  )
})

test('the page shows kernel IR', () => {
  shows(printKernel(plan.kernels[0]!))
})

test('the page shows the WebAssembly text', () => {
  shows(fast.source('wat'))
})

test('the page says what explain() says', () => {
  const text = String(fast.explain())
    .replace(/compiled in [\d.]+ ms/, 'compiled in … ms')
    .replaceAll(/\(\/[^)]*fit\.ts/g, '(fit.ts')
  shows(text)
})

test('the page lists the layers that exist', () => {
  const layers = [...page.matchAll(/^\| \[(\S+)\]\(\.\.\/src\/\S+\) \|/gm)].map(([, name]) => name!.replace(/\/.*/, ''))
  const folders = readdirSync(new URL('../../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
  expect([...new Set(layers)].toSorted()).toEqual(folders.map((entry) => entry.name).toSorted())
})

test('every link of the documents leads to something', () => {
  const pages = [
    '../../README.md',
    '../../CONTRIBUTING.md',
    '../../CHANGELOG.md',
    ...readdirSync(new URL('../../docs', import.meta.url)).map((name) => `../../docs/${name}`),
  ]
  const broken = pages.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !isThere(new URL(target, new URL(path, import.meta.url))))
      .map((target) => `${path}: ${target}`),
  )
  expect(broken).toEqual([])
})

function isThere(url: URL): boolean {
  try {
    readFileSync(url)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EISDIR' // only its code is asked for
  }
}
