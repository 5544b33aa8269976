import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { makeContext } from '../../examples/gallery/context.ts'
import { sections, type Example, type Result } from '../../examples/gallery/example.ts'
import { digits, exact, line, within } from '../../examples/gallery/figure.ts'
import { exampleNames } from '../../examples/gallery/list.ts'
import { galleryPage } from '../../examples/gallery/page.ts'
import { differences } from '../../examples/gallery/same-bits.ts'
import { tensor } from '../../src/index.ts'
import { bundleWithSource, programFolder, root, runNode } from './bundled.ts'

/** What the sections of the course must give, written down once more: an example does not decide alone what is right. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'local-minima': ['-0.273852686801', '-0.178602511548', '1.090408221947', '-1.046721124661'],
  'saddle-points': ['0', '0', '0, 0', '-2, 2', 'saddle'],
  'vanishing-gradient': ['1', '0.001340950683'],
  'gradient-descent': ['0.06046617599999997', '3.4867844009999995', '61.917364224000096'],
  'gradient-descent-2d': ['epoch 20, x1: -0.057646, x2: -0.000073'],
  newton: ['0 – 1e-15', '26.83413291324767', '7.269860168684531'],
  'ill-conditioned': ['epoch 20, x1: -0.943467, x2: -0.000073', 'epoch 20, x1: -0.387814, x2: -1673.365109'],
  momentum: ['epoch 20, x1: -0.062843, x2: 0.001202', 'epoch 20, x1: 0.007188, x2: 0.002553'],
  'ada-grad': ['epoch 20, x1: -2.382563, x2: -0.158591', 'epoch 20, x1: -0.002295, x2: -0.000000'],
  'rms-prop': ['epoch 20, x1: -0.010599, x2: 0.000000'],
  'optimizers-compared': [
    'epoch 20, x1: -0.943467, x2: -0.000073',
    'epoch 20, x1: -0.062843, x2: 0.001202',
    'epoch 20, x1: -0.002295, x2: -0.000000',
    'epoch 20, x1: -0.010599, x2: 0.000000',
    ...Array.from({ length: 10 }, () => 'at most 10.5'),
  ],
  schedules: [
    // Cosine; then with a warm-up.
    '0.3',
    '0.25753',
    '0.155',
    '0.05247',
    '0.01',
    '0',
    '0.06',
    '0.24',
    '0.3',
    'same bits',
    '1 in 20 steps',
  ],
  'moving-average': ['0.358486'],
}

/** With data that the repository does not ship. */
const courseData = process.env['GRYPH_DATA_DIR']
const airfoil = courseData === undefined ? undefined : join(courseData, 'airfoil_self_noise.dat')
const airfoilFigures: Readonly<Record<string, readonly string[]>> = {
  minibatches: [
    '0.4932589719',
    '0.27571015',
    '0.25031220',
    '0.24649352',
    '0.24549795',
    '0.24513157',
    '0.24507815',
    '0.24169 – 0.36994',
  ],
  'optimizers-on-data': [
    '0.281723618',
    '0.282706224',
    '0.246748690',
    '0.254141927',
    '0.24213 – 0.2538',
    '0.2422 – 0.25033',
    '0.2439 – 0.3076',
    '0.24192 – 0.24577',
    '0.24199 – 0.2502',
    '0.24204 – 0.24745',
    '0.2421 – 0.25048',
  ],
}

const exampleOf = async (name: string): Promise<Example> => {
  const folder = readdirSync(join(root, 'examples')).includes(`${name}.ts`) ? `${name}.ts` : `${name}/main.ts`
  const module = (await import(join(root, 'examples', folder))) as { example: Example } // checked below
  return module.example
}

test.each(exampleNames)('%s gives its figures in both modes, with equal bits, and its pictures', async (name) => {
  const example = await exampleOf(name)
  expect(example.name).toBe(name)
  expect(sections).toContain(example.section)
  const { figures, pictures, comparisons }: Result = await example.run(makeContext({ isQuick: true }))
  expect(figures.filter(({ isRight }) => !isRight)).toEqual([])
  if (expected[name]) expect(figures.map((figure) => figure.expected)).toEqual(expected[name])
  expect(comparisons.flatMap(({ different }) => different)).toEqual([])
  expect(new Set(pictures.map(({ key }) => key)).size).toBe(pictures.length)
  for (const { svg, alt } of pictures) {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^]*<\/svg>\n$/)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    // An axis without a label says nothing.
    for (const plot of parseHTML(svg).document.querySelectorAll('svg > svg'))
      expect(plot.querySelectorAll('[aria-label$="axis label"]').length).toBeGreaterThanOrEqual(2)
    expect(alt.length).toBeGreaterThan(5)
  }
})

test.skipIf(airfoil === undefined || !existsSync(airfoil)).each(Object.keys(airfoilFigures))(
  '%s gives the figures of the airfoil data',
  async (name) => {
    const { figures, comparisons } = await (await exampleOf(name)).run(makeContext({ isQuick: true, args: [airfoil!] }))
    expect(figures.filter(({ isRight }) => !isRight)).toEqual([])
    expect(figures.map((figure) => figure.expected)).toEqual(airfoilFigures[name])
    expect(comparisons.flatMap(({ different }) => different)).toEqual([])
  },
)

test('every example is in the gallery', () => {
  const others = ['deploy', 'debug', 'gallery', 'fashion-mnist']
  const names = readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.ts') || existsSync(join(root, 'examples', name, 'main.ts')))
    .map((name) => name.replace(/\.ts$/, ''))
  expect(names.filter((name) => !others.includes(name)).toSorted()).toEqual([...exampleNames].toSorted())
})

test('a figure is right only if all of its digits are', () => {
  expect(digits('x', -0.0576461, '-0.057646').isRight).toBe(true)
  expect(digits('x', -0.0576466, '-0.057646')).toMatchObject({ isRight: false, obtained: '-0.057647' })
  expect(exact('x', 0.1 + 0.2, 0.3).isRight).toBe(false)
  expect(line('x', '-0.000000', '0.000000').isRight).toBe(false)
  expect(within('x', NaN, [0, 1]).isRight).toBe(false)
})

test('results differ where one of their bits does, times aside', () => {
  expect(differences({ a: [1, NaN], times: 1 }, { a: [1, NaN], times: 2 })).toEqual([])
  expect(differences({ a: [0, { b: 2 }] }, { a: [-0, { b: 3 }] })).toEqual(['a.0', 'a.1.b'])
  expect(differences({ t: tensor([1, 2]) }, { t: tensor([1, 3]) })).toEqual(['t.1'])
  expect(differences([1], [1, 2])).toEqual(['1'])
})

test('the page shows figures, times, pictures and what is wrong', () => {
  const page = galleryPage([
    {
      name: 'a',
      title: 'A < B',
      section: 'Optimization',
      about: 'about',
      source: 'examples/a.ts',
      figures: [line('x', '1', '1'), line('y', '1', '2')],
      pictures: [{ file: 'a.svg', alt: 'a curve' }],
      comparisons: [{ eagerFirstMs: 12, compiledFirstMs: 6, eagerMs: 2, compiledMs: 0.5, different: [] }],
      text: 'printed',
    },
  ])
  const { document } = parseHTML(page)
  expect(document.querySelector('h3')?.textContent).toBe('A < B')
  expect(document.querySelector('header p')?.textContent).toContain('1 of 2 figures')
  expect([...document.querySelectorAll('.figures tbody tr')].map((row) => row.textContent.trim())).toEqual([
    'x11✓',
    'y12✗',
  ])
  expect([...document.querySelectorAll('.times tbody tr')].map((row) => row.textContent.trim())).toEqual([
    'first run12 ms6 ms× 2',
    'later2 ms500 µs× 4same bits',
  ])
  expect(document.querySelector('img')?.getAttribute('src')).toBe('a.svg')
  expect(document.querySelector('.source')?.getAttribute('href')).toBe('../../examples/a.ts')
  expect(document.querySelector('pre')?.textContent).toBe('printed')
})

test('the runner runs what is named, in a process of its own, and makes the page', async () => {
  const folder = programFolder()
  const out = join(folder, 'out')
  const run = (...args: readonly string[]) =>
    runNode(['examples/gallery/main.mjs', ...args], folder, { GRYPH_EXAMPLES_OUT: out })
  try {
    await bundleWithSource(['examples/gallery/main.ts', 'examples/vanishing-gradient.ts'], folder)
    const one = run('vanishing-gradient')
    expect(one).toMatchObject({ status: 0, stderr: '' })
    expect(one.stdout).toMatch(/tanh′\(4\) +0\.001340950683 +0\.001340950683 +ok\n/)
    expect(readdirSync(out).toSorted()).toEqual(['index.html', 'vanishing-gradient.json', 'vanishing-gradient.svg'])
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('<b>2 of 2</b> figures')
    expect(run('vanishing-gradients')).toMatchObject({ status: 1, stdout: '' })
    expect(run('--list').stdout.trim().split('\n')).toEqual(exampleNames)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
