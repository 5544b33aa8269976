import { formatTensor } from '../format.ts'
import type { Step, StepValue, Stepping } from './step.ts'

/** Where keys come from and lines go to. */
export interface ShowOptions {
  /** One string for each key; those of the terminal when left out. Without a terminal nothing is waited for. */
  readonly keys?: AsyncIterable<string>
  readonly print?: (line: string) => void
}

export async function showSteps(stepping: Stepping, options: ShowOptions): Promise<void> {
  const { print = (line) => console.log(line) } = options
  const keys = (options.keys ?? terminalKeys())?.[Symbol.asyncIterator]()
  print(
    `${stepping.functionName}: ${stepping.kernels} kernels${keys ? '  (n: next, c: on to a breakpoint, q: quit)' : ''}`,
  )
  let goesOn = keys === undefined
  try {
    for (const step of stepping) {
      print(stepText(step))
      if (step.breakpoint !== undefined && keys) goesOn = false
      if (goesOn) continue
      const { value: key, done } = await keys!.next()
      if (done || key === 'q' || key === '\u0003') return
      if (key === 'c') goesOn = true
    }
  } finally {
    await keys?.return?.()
  }
}

function stepText({ index, kernel, passes, values, breakpoint }: Step): string {
  const inside = passes.length === 0 ? '' : `  pass ${passes.join('.')}`
  const stop = breakpoint === undefined ? '' : `  breakpoint (${breakpoint})`
  const width = Math.max(0, ...values.map(({ name }) => name.length))
  return [`${index}  ${kernel}${inside}${stop}`, ...values.map((value) => valueText(value, width))].join('\n')
}

function valueText({ name, isStored, value, source }: StepValue, width: number): string {
  const text = formatTensor(value.storage.array, value.shape, value.dtype).replaceAll(
    '\n',
    `\n${' '.repeat(width + 7)}`,
  )
  return `    ${name.padEnd(width)} ${isStored ? '=' : '~'} ${text}${source === undefined ? '' : `  (${source})`}`
}

/** The keys of a terminal, one by one; undefined where there is none. */
function terminalKeys(): AsyncIterable<string> | undefined {
  if (typeof process !== 'object' || !process.stdin?.isTTY) return undefined
  return readKeys(process.stdin)
}

async function* readKeys(stdin: NodeJS.ReadStream): AsyncGenerator<string> {
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  try {
    for await (const text of stdin) yield* String(text)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
  }
}
