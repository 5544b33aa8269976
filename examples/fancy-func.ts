/**
 * Imperative and symbolic: one function as JavaScript that runs line by line, as a graph, and as a program that runs without the library.
 * Run it: `npm run examples -- fancy-func`, or after `npm run build`: `node build/examples/fancy-func.mjs`.
 */
import { spawnSync } from 'node:child_process'
import * as Plot from '@observablehq/plot'
import { add as addTensors, hybridize, type SpecialisationReport, type Tensor } from 'gryph'
import type { Example, Picture } from './gallery/example.ts'
import { exact, holds, line } from './gallery/figure.ts'
import { picture } from './gallery/picture.ts'
import { runAlone } from './gallery/run-alone.ts'
import { colour, ink } from './gallery/style.ts'

type Value = Tensor | number

function add(a: Value, b: Value): Tensor {
  return addTensors(a, b)
}

function fancyFunc(a: Value, b: Value, c: Value, d: Value): Tensor {
  const e = add(a, b)
  const f = add(c, d)
  const g = add(e, f)
  return g
}

/** Without the paths before the names of files. */
const shown = (text: string): string => text.replaceAll(/(?:[\w.-]*\/)+(?=[\w.-]+:\d)/g, '')

type Memory = SpecialisationReport['memory']

/** What a recording of a function became. */
export interface Story {
  readonly result: number
  readonly traced: string
  /** A line or a graph for each pass. */
  readonly passes: readonly string[]
  readonly optimized: string
  readonly kernels: string
  readonly js: string
  readonly wat: string
  readonly memory: Memory
}

export interface Stories {
  readonly eager: number
  /** Arguments are inputs of the program. */
  readonly withInputs: Story
  /** Each add has a kernel of its own, so that e and f are written to memory. */
  readonly unfused: Story
  /** Arguments are constants, known when the function is recorded. */
  readonly withConstants: Story
}

export function tellStories(): Stories {
  const storyOf = (fast: ReturnType<typeof hybridize<typeof fancyFunc>>): Story => {
    fast(1, 2, 3, 4)
    const result = fast(1, 2, 3, 4).item()
    const [graphs] = fast.graphs()
    const { memory } = fast.explain().specialisations[0]!
    return {
      result,
      traced: String(graphs!.traced),
      passes: graphs!.passes().map(String),
      optimized: String(graphs!.optimized),
      kernels: shown(fast.source('kernels')),
      js: shown(fast.source('js')),
      wat: shown(fast.source('wat')),
      memory,
    }
  }
  return {
    eager: fancyFunc(1, 2, 3, 4).item(),
    withInputs: storyOf(hybridize(fancyFunc)),
    unfused: storyOf(hybridize(fancyFunc, { withoutPasses: ['fusion'] })),
    withConstants: storyOf(hybridize(fancyFunc, { staticArgs: [0, 1, 2, 3] })),
  }
}

/** The generated JavaScript with the few lines that give it memory and arguments. Nothing in it needs gryph. */
export function programAlone({ js, memory }: Story, args: readonly number[]): string {
  const firstByte = arenaStart(js, memory)
  const of = (kind: string): Memory['buffers'] => memory.buffers.filter((buffer) => buffer.kind === kind)
  const index = (byteOffset: number): number => (firstByte + byteOffset) / Float64Array.BYTES_PER_ELEMENT
  const result = of('result')[0] ?? memory.buffers.at(-1)!
  return [
    js.trimEnd(),
    '',
    `const memory = new ArrayBuffer(${firstByte + memory.byteLength})`,
    'const [f32, f64, i32, u8] = [Float32Array, Float64Array, Int32Array, Uint8Array].map((View) => new View(memory))',
    ...of('argument').map(({ byteOffset }, i) => `f64[${index(byteOffset)}] = ${args[i]}`),
    'run(f32, f64, i32, u8)',
    `console.log(f64[${index(result.byteOffset)}])`,
    '',
  ].join('\n')
}

/** Addresses in the program count from the start of all memory; those in the report from the start of its own part. */
function arenaStart(js: string, { buffers }: Memory): number {
  const { name, byteOffset } = buffers.find(({ kind }) => kind === 'argument') ?? buffers.at(-1)!
  const element = Number(new RegExp(`const ${name} = (\\d+);`).exec(js)?.[1])
  return element * Float64Array.BYTES_PER_ELEMENT - byteOffset
}

/** What a fresh process prints that is given a program and nothing else. */
export function runInFreshProcess(program: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=commonjs', '-'], {
    input: program,
    encoding: 'utf8',
  })
  return (stdout + stderr).trim()
}

function lifetimes({ memory }: Story, fused: Story): Picture {
  const panel = (title: string, { buffers, kernels }: Memory) => ({
    title,
    plot: {
      marginLeft: 60,
      grid: false,
      x: {
        label: 'kernel',
        domain: [-1, kernels.length + 0.001] as const,
        ticks: kernels.map((_, i) => i),
        tickFormat: (i: number) => kernels[i] ?? '',
      },
      y: { label: 'buffer', domain: buffers.map(({ name }) => name), tickSize: 0 },
      marks: [
        Plot.barX(buffers, {
          y: 'name',
          x1: ({ first }: Memory['buffers'][number]) => first,
          x2: ({ last }: Memory['buffers'][number]) => Math.max(last, 0),
          fill: ({ kind }: Memory['buffers'][number]) =>
            kind === 'argument' ? colour(0) : kind === 'result' ? colour(2) : colour(1),
          insetTop: 3,
          insetBottom: 3,
          rx: 3,
        }),
        Plot.ruleX(
          kernels.map((_, i) => i),
          { stroke: ink, strokeOpacity: 0.25, strokeDasharray: '3 3' },
        ),
      ],
    },
  })
  return picture({
    title: 'How long every buffer lives',
    subtitle: 'From the kernel that writes it, or the start of the call, to the last one that reads it, or its end',
    alt: 'Bars of lifetimes: without fusion, e and f lie in memory between kernels; fused, they do not exist',
    legend: [
      { label: 'argument', colour: colour(0), isDot: true },
      { label: 'intermediate', colour: colour(1), isDot: true },
      { label: 'result', colour: colour(2), isDot: true },
    ],
    columns: 2,
    width: 460,
    height: 260,
    panels: [
      panel('Without fusion: a kernel for each add', memory),
      panel('Fused: e and f stay in registers', fused.memory),
    ],
  })
}

export const example: Example = {
  name: 'fancy-func',
  title: 'add and fancyFunc',
  section: 'Imperative and symbolic',
  about:
    'fancyFunc(1, 2, 3, 4) as it runs eagerly, as the graph that was recorded, after each pass, and as the generated program, which a fresh process runs without the library. What it prints is below.',
  run({ print }) {
    const stories = tellStories()
    const { withInputs, unfused, withConstants } = stories
    const program = programAlone(withInputs, [1, 2, 3, 4])
    const printed = runInFreshProcess(program)
    const chapter = (title: string, ...texts: readonly string[]): void =>
      print([title, '-'.repeat(title.length), ...texts.map((text) => text.trimEnd()), ''].join('\n'))

    chapter('1. Eager: line by line', `fancyFunc(1, 2, 3, 4) → ${stories.eager}`)
    chapter('2. The same call recorded: arguments are inputs', withInputs.traced)
    chapter('3. Optimized, as one kernel', withInputs.kernels)
    chapter('4. Lifetimes: fused, e and f never reach memory', String(withInputs.memory))
    chapter('5. Lifetimes with a kernel for each add', String(unfused.memory))
    chapter('6. With constant arguments: recorded', withConstants.traced)
    chapter(
      '7. The graph after each pass, down to the literal',
      withConstants.passes.map((stage) => stage.trimEnd()).join('\n'),
    )
    chapter('8. Generated JavaScript', withInputs.js)
    chapter('9. Generated WebAssembly, as text', withInputs.wat)
    chapter('10. What is left of it with constant arguments', withConstants.js)
    chapter('11. The program alone, in a process that has no library', program, `prints: ${printed}`)
    return {
      figures: [
        exact('eager: fancyFunc(1, 2, 3, 4)', stories.eager, 10),
        exact('compiled, arguments are inputs', withInputs.result, 10),
        exact('compiled, arguments are constants', withConstants.result, 10),
        line('optimized graph of constants', lineOf(withConstants.optimized), '%0 = constant(10) : f64[]', 'property'),
        line('generated text, run without gryph', printed, '10', 'property'),
        holds(
          'intermediates in memory, fused',
          !withInputs.memory.buffers.some(({ kind }) => kind === 'value'),
          String(withInputs.memory.buffers.filter(({ kind }) => kind === 'value').length),
          '0',
        ),
      ],
      pictures: [lifetimes(unfused, withInputs)],
      comparisons: [],
    }
  },
}

/** The one node of a graph. */
const lineOf = (graph: string): string => graph.split('\n')[1]?.trim() ?? ''

await runAlone(example, import.meta.url)
