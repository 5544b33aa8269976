import * as fc from 'fast-check'

/** Variables that every random program has. */
const variables = ['a', 'b', 'c'] as const
const variable = fc.constantFrom(...variables)
const small = fc.integer({ min: -3, max: 5 })

/** What a statement may contain: jumps only where they lead somewhere. */
interface Surroundings {
  readonly depth: number
  readonly inLoop: boolean
  readonly labels: readonly string[]
  readonly inSwitch: boolean
}

const expression = (depth: number): fc.Arbitrary<string> => {
  const leaf = fc.oneof(
    variable,
    small.map((n) => (n < 0 ? `(${n})` : String(n))),
    fc.constantFrom('o.n', 'p', 'xs.length', 'xs[1]', 'q()'),
  )
  if (depth === 0) return leaf
  const part = expression(depth - 1)
  return fc.oneof(
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.tuple(part, fc.constantFrom('+', '-', '*', '/', '%'), part).map(([a, o, b]) => `(${a} ${o} ${b})`),
    },
    { weight: 1, arbitrary: fc.tuple(testText(depth - 1), part, part).map(([t, a, b]) => `(${t} ? ${a} : ${b})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(part, fc.constantFrom('&&', '||', '??'), part).map(([a, o, b]) => `(${a} ${o} ${b})`),
    },
    { weight: 1, arbitrary: part.map((a) => `-(${a})`) },
    { weight: 1, arbitrary: fc.tuple(variable, part).map(([v, a]) => `(${v} = ${a})`) },
    { weight: 1, arbitrary: fc.tuple(variable, fc.constantFrom('++', '--')).map(([v, o]) => `${v}${o}`) },
  )
}

const testText = (depth: number): fc.Arbitrary<string> => {
  const part = expression(Math.max(0, depth - 1))
  const comparison = fc
    .tuple(part, fc.constantFrom('<', '<=', '>', '>=', '===', '!==', '==', '!='), part)
    .map(([a, o, b]) => `${a} ${o} ${b}`)
  if (depth <= 0)
    return fc.oneof(
      comparison,
      fc.constantFrom('flag', 'o.flag', 'a', 'xs.length > 2', 'typeof a === "number"', 'b === undefined'),
    )
  const inner = testText(depth - 1)
  return fc.oneof(
    comparison,
    inner.map((t) => `!(${t})`),
    fc.tuple(inner, fc.constantFrom('&&', '||'), inner).map(([a, o, b]) => `(${a}) ${o} (${b})`),
  )
}

let counter = 0

function statement(s: Surroundings): fc.Arbitrary<string> {
  const value = expression(2)
  const test = testText(2)
  const jumpsIn = (s: Surroundings): fc.Arbitrary<string>[] => [
    value.map((v) => `return ${v}`),
    ...(s.inLoop ? [fc.constant('continue')] : []),
    ...(s.inLoop || s.inSwitch ? [fc.constant('break')] : []),
    ...s.labels.flatMap((label) => [fc.constant(`break ${label}`), fc.constant(`continue ${label}`)]),
  ]
  const simple = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(variable, fc.constantFrom('=', '+=', '-=', '*='), value)
        .map(([v, o, e]) => `${v} ${o} ${e};`),
    },
    { weight: 1, arbitrary: fc.tuple(variable, fc.constantFrom('++', '--')).map(([v, o]) => `${v}${o};`) },
    { weight: 1, arbitrary: value.map((v) => `log.push(${v});`) },
    { weight: 1, arbitrary: value.map((v) => `o.n = ${v};`) },
    { weight: 1, arbitrary: value.map((v) => `o.n += ${v};`) },
    { weight: 1, arbitrary: value.map((v) => `{ const d = ${v}; log.push(() => d + a) }`) },
    { weight: 1, arbitrary: fc.constant('touch();') },
    { weight: 1, arbitrary: value.map((v) => `var late = ${v}; log.push(late);`) },
    { weight: 1, arbitrary: fc.tuple(value, value).map(([x, y]) => `;[a, b] = [${x}, ${y}]`) },
  )
  if (s.depth === 0) return simple
  const inner = { ...s, depth: s.depth - 1 }
  const block = (of: Surroundings): fc.Arbitrary<string> =>
    fc
      .tuple(fc.array(statement(of), { maxLength: 3 }), fc.option(fc.oneof(...jumpsIn(of)), { freq: 3 }))
      .map(([list, jump]) => `{\n${[...list, ...(jump ? [jump] : [])].join('\n')}\n}`)
  const loopBlock = (label: string | undefined): fc.Arbitrary<string> => {
    const of = { ...inner, inLoop: true, inSwitch: false, labels: label ? [...s.labels, label] : s.labels }
    return fc
      .tuple(
        block(of),
        fc.boolean(),
        test,
        fc.oneof(
          fc.constantFrom('continue', 'break'),
          value.map((v) => `return ${v}`),
        ),
      )
      .map(([body, hasJump, when, jump]) => (hasJump ? body.replace('{', `{ if (${when}) ${jump}; `) : body))
  }
  const name = (): string => `n${counter++}`
  return fc.oneof(
    { weight: 3, arbitrary: simple },
    { weight: 3, arbitrary: fc.tuple(test, block(inner), block(inner)).map(([t, a, b]) => `if (${t}) ${a} else ${b}`) },
    { weight: 3, arbitrary: fc.tuple(test, block(inner)).map(([t, a]) => `if (${t}) ${a}`) },
    { weight: 1, arbitrary: fc.tuple(test, fc.oneof(...jumpsIn(s))).map(([t, jump]) => `if (${t}) ${jump};`) },
    {
      weight: 2,
      arbitrary: fc.tuple(test, loopBlock(undefined)).map(([t, body]) => {
        const n = name()
        return `let ${n} = 0; while ((${t}) && ${n} < 4) ${body.replace('{', `{ ${n}++;`)}`
      }),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(test, loopBlock(undefined)).map(([t, body]) => {
        const n = name()
        return `let ${n} = 0; do ${body.replace('{', `{ ${n}++;`)} while ((${t}) && ${n} < 4)`
      }),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.nat(4), loopBlock(undefined), value).map(([count, body, v]) => {
        const n = name()
        return `for (let ${n} = 0; ${n} < ${count}; ${n}++) ${body.replace('{', `{ log.push(() => ${n}); a += ${n} + ${v};`)}`
      }),
    },
    {
      weight: 2,
      arbitrary: loopBlock(undefined).map((body) => {
        const n = name()
        return `for (let ${n} = 0; ${n} < p; ${n}++) ${body.replace('{', `{ log.push(() => ${n}); b -= ${n};`)}`
      }),
    },
    {
      weight: 2,
      arbitrary: loopBlock(undefined).map(
        (body) => `for (const item of xs) ${body.replace('{', '{ c += item; log.push(() => item);')}`,
      ),
    },
    {
      weight: 1,
      arbitrary: loopBlock(undefined).map((body) => `for (const key in o) ${body.replace('{', '{ log.push(key);')}`),
    },
    {
      weight: 1,
      arbitrary: fc.constant(0).chain(() => {
        const label = `l${counter++}`
        const n = name()
        return loopBlock(label).map((body) => `${label}: for (let ${n} = 0; ${n} < 3; ${n}++) ${body}`)
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(value, block({ ...inner, inSwitch: true }), block({ ...inner, inSwitch: true }))
        .map(([v, a, b]) => `switch (${v}) { case 1: ${a}\ncase 2: ${b}\nbreak\ndefault: a = 7 }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(block(inner), block({ ...inner, depth: 0 }), test)
        .map(
          ([a, b, t]) =>
            `try ${a.replace('{', `{ if (${t}) throw 1;`)} catch (e) { log.push(e) } finally { log.push('f'); ${b.replaceAll(/\b(return|break|continue)\b[^\n]*/g, '')} }`,
        ),
    },
    {
      weight: 1,
      arbitrary: block({ depth: s.depth - 1, inLoop: false, labels: [], inSwitch: false }).map(
        (body) => `log.push((function (p) ${body})(2));`,
      ),
    },
  )
}

/** A function of plain numbers and booleans, with all that the transform rewrites. */
export const randomProgram: fc.Arbitrary<string> = fc
  .array(statement({ depth: 3, inLoop: false, labels: [], inSwitch: false }), { minLength: 1, maxLength: 5 })
  .map(
    (list) => `function program(p, flag, xs, o, log, q) {
'use hybrid'
let a = 1, b = 2, c = 0
const touch = () => { b = b + 1; log.push(a) }
${list.join('\n')}
return [a, b, c]
}`,
  )
