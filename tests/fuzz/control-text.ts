import type { Block, ControlProgram, Statement, Test } from './control-program.ts'

/** With calls of cond and loops; with if and while on tensors; the same with tests that read them on the host. */
export type Form = 'calls' | 'native' | 'plain'

/** The program as a script that defines the function `program`. */
export function controlText({ body, goal }: ControlProgram, form: Form): string {
  const early =
    goal === 'values'
      ? '[a, b, s, q]'
      : goal === 'inner'
        ? '[a, b, gradient()]'
        : goal === 'backward'
          ? '[a, s]'
          : 's.add(p.sum())'
  const writer = form === 'calls' ? new CallsWriter() : new NativeWriter(form === 'plain', early)
  const [a, b, s, q] = ['$a', '$b', '$s', '$q'].map((each) => writer.named(each))
  const start = form === 'calls' ? 'let v0 = { a: x, b: y, s: x.sum(), q: k }' : 'let a = x, b = y, s = x.sum(), q = k'
  const core = [start, ...writer.block(body)]
  // p is in every loss: in eager code it depends on the way taken whether there is something to differentiate.
  const loss = `${a}.sum().add(${b}.sum()).add(${s}).add(p.sum())`
  const lines =
    goal === 'values'
      ? [...core, `return [${a}, ${b}, ${s}, ${q}]`]
      : goal === 'inner'
        ? [
            'p.grad = zeros([3])',
            'const gradient = () => { const end = p.grad; p.grad = null; return end }',
            ...core,
            `return [${a}, ${b}, gradient()]`,
          ]
        : goal === 'backward'
          ? [
              ...core,
              `const loss = ${loss}`,
              'loss.backward()',
              'if (p.grad !== null) p.sub_(p.grad.mul(0.01))',
              'p.grad = null',
              `return [${a}, loss]`,
            ]
          : [
              `return valueAndGrad((x, y) => {`,
              ...(form === 'calls' ? [] : ["'use hybrid'"]),
              ...core,
              `return ${loss}`,
              '}, { argnums: [0, 1] })(x, y).flat()',
            ]
  return ['function program(x, y, m, k) {', ...(form === 'calls' ? [] : ["'use hybrid'"]), ...lines, '}'].join('\n')
}

class CallsWriter {
  #depth = 0
  named = (text: string, scope = `v${this.#depth}`): string => text.replaceAll(/\$([absq])/g, `${scope}.$1`)
  block = (body: Block): string[] => body.flatMap((each) => this.#statement(each))

  /** A function of the variables that gives them as they are after the block. */
  #within(body: Block, header: string, from: string, result: (scope: string) => string): string {
    const scope = `v${++this.#depth}`
    const lines = [
      `${header} => {`,
      `let ${scope} = { ...${from} }`,
      ...this.block(body),
      `return ${result(scope)}`,
      '}',
    ]
    this.#depth--
    return lines.join('\n')
  }

  #test(test: Test, scope?: string): string {
    if (test.kind === 'leaf') return this.named(test.text, scope)
    if (test.kind === 'not') return `logicalNot(${this.#test(test.part, scope)})`
    const parts = test.parts.map((part) => this.#test(part, scope))
    return `${test.kind === 'and' ? 'logicalAnd' : 'logicalOr'}(${parts.join(', ')})`
  }

  #statement(statement: Statement): string[] {
    const v = `v${this.#depth}`
    const same = (scope: string): string => scope
    switch (statement.kind) {
      case 'set':
        return [`${v}.${statement.name} = ${this.named(statement.text)}`]
      case 'effect':
        return [this.named(statement.text)]
      case 'if': {
        const { isGiven } = statement
        const blocks = statement.blocks.map((each) =>
          this.#within(each, isGiven ? '(u)' : '()', isGiven ? 'u' : v, same),
        )
        return [`${v} = cond(${this.#test(statement.test)}, ${blocks.join(', ')}${isGiven ? `, ${v}` : ''})`]
      }
      case 'switch': {
        const blocks = statement.blocks.map((each) => this.#within(each, '(u)', 'u', same))
        return [`${v} = switchCase(${this.named(statement.index)}, [${blocks.join(', ')}], ${v})`]
      }
      case 'while': {
        const body = this.#within(statement.blocks[0], '(t)', 't.v', (scope) => `{ v: ${scope}, i: t.i.add(1) }`)
        const test = `logicalAnd(${this.#test(statement.test, 't.v')}, t.i.less(${statement.most}))`
        return [`${v} = whileLoop((t) => ${test}, ${body}, { v: ${v}, i: tensor(0, { dtype: 'int32' }) }).v`]
      }
      case 'for':
        return [
          `${v} = forLoop(0, ${this.named(statement.end)}, ${this.#within(statement.blocks[0], '(i, u)', 'u', same)}, ${v})`,
        ]
      case 'scan': {
        const body = this.#within(statement.blocks[0], '(u, row)', 'u', (scope) => `[${scope}, ${scope}.a.add(row)]`)
        const result = `r${this.#depth}`
        return [
          `{ const ${result} = scan(${body}, ${v}, m, { reverse: ${statement.isReversed} })`,
          `${v} = { ...${result}[0] }; ${v}.b = ${result}[1].sum(0) }`,
        ]
      }
      case 'jump':
      case 'rows':
        return []
    }
  }
}

class NativeWriter {
  readonly #isPlain: boolean
  readonly #result: string
  #loops = 0
  constructor(isPlain: boolean, result: string) {
    this.#isPlain = isPlain
    this.#result = result
  }
  named = (text: string): string => text.replaceAll(/\$([absq])/g, '$1')
  block = (body: Block): string[] => body.flatMap((each) => this.#statement(each))

  #test(test: Test): string {
    if (test.kind === 'leaf') return `${this.named(test.text)}${this.#isPlain ? '.item()' : ''}`
    if (test.kind === 'not') return `!(${this.#test(test.part)})`
    return `(${test.parts.map((part) => this.#test(part)).join(test.kind === 'and' ? ' && ' : ' || ')})`
  }

  #statement(statement: Statement): string[] {
    switch (statement.kind) {
      case 'set':
        return [`${statement.name} = ${this.named(statement.text)}`]
      case 'effect':
        return [this.named(statement.text)]
      case 'if': {
        const [yes, no] = statement.blocks
        const head = [`if (${this.#test(statement.test)}) {`, ...this.block(yes), '}']
        return no.length > 0 ? [...head, 'else {', ...this.block(no), '}'] : head
      }
      case 'while': {
        const i = `i${this.#loops++}`
        const test = `${this.#test(statement.test)} && ${i} < ${statement.most}`
        return [`let ${i} = 0`, `while (${test}) {`, `${i} += 1`, ...this.block(statement.blocks[0]), '}']
      }
      case 'for': {
        const i = `i${this.#loops++}`
        const isTensor = statement.end !== '3'
        const end = `${this.named(statement.end)}${isTensor ? '.item()' : ''}`
        return [
          `for (let ${i} = 0; ${i} < ${end}; ${i}++) {`,
          `b = b.add(${i})`,
          ...this.block(statement.blocks[0]),
          '}',
        ]
      }
      case 'jump':
        return [
          `if (${this.#test(statement.test)}) ${statement.to}${statement.to === 'return' ? ` ${this.#result}` : ''}`,
        ]
      case 'rows': {
        // A tensor is no iterable of JavaScript.
        const rows = this.#isPlain ? '[m.slice([0]), m.slice([1])]' : 'm'
        return [`for (const row of ${rows}) {`, 'b = b.add(row)', ...this.block(statement.blocks[0]), '}']
      }
      case 'switch':
        return [
          `switch (${this.named(statement.index)}.item()) {`,
          ...statement.blocks.flatMap((each, i) => [
            i > 0 && i === statement.blocks.length - 1 ? 'default: {' : `case ${i}: {`,
            ...this.block(each),
            statement.falls[i] ? '}' : '} break',
          ]),
          '}',
        ]
      default:
        throw new Error(`${statement.kind} is a call`)
    }
  }
}
