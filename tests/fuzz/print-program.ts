import type { TensorType } from '../../src/base/shape.ts'
import { elementsOf, numberOf } from './elements.ts'
import type { Mode } from './compare.ts'
import { callCount } from './execute.ts'
import { type InputStep, isStepRange, type Program, type Step } from './program.ts'

/** The program as TypeScript that compares both ways to run it: paste it into a file of this checkout's root folder, bundle it and run it. */
export function programText(program: Program, mode: Mode): string {
  const { steps, results, goal } = program
  // Gradients are taken by the fuzzer's own code.
  if (goal !== 'values' || program.reads || program.readsResults)
    return [
      "import { findDifference } from './tests/fuzz/compare.ts'",
      '',
      `console.log(findDifference(${dataText(program)}, [${JSON.stringify(mode)}]))`,
    ].join('\n')
  const inputs = steps.flatMap((step, i) =>
    step.kind === 'argument' || step.kind === 'number' ? [{ step, name: `v${i}` }] : [],
  )
  const states = steps.flatMap((step, i) => (step.kind === 'state' ? [`v${i}`] : []))
  const calls = Array.from(
    { length: callCount },
    (_, call) =>
      `  [${inputs.map(({ step }) => (step.kind === 'number' ? literal(numberOf(step.seed, call)) : tensorText(step, call))).join(', ')}],`,
  )
  const body = steps.flatMap((step, i) => lineOf(step, i))
  return [
    "import { applyOp } from './src/frontend/eager.ts'",
    "import { assign, hybridize, tensor, variable, type Tensor } from './src/index.ts'",
    "import * as calls from './src/ops/calls/index.ts'",
    "import { currentInterpreter } from './src/ops/interpreter.ts'",
    '',
    'const make = () => {',
    ...steps.flatMap((step, i) =>
      step.kind === 'capture' || step.kind === 'state'
        ? [`  const v${i} = ${step.kind === 'state' ? `variable(${tensorText(step, 0)})` : tensorText(step, 0)}`]
        : [],
    ),
    `  const fn = (${inputs.map(({ name, step }) => `${name}: ${step.kind === 'number' ? 'number' : 'Tensor'}`).join(', ')}): Tensor[] => {`,
    ...body,
    `    return [${results.map((i) => `v${i}`).join(', ')}]`,
    '  }',
    `  return { fn, states: [${states.join(', ')}] }`,
    '}',
    'const [eager, other] = [make(), make()]',
    `const fast = hybridize(other.fn, ${JSON.stringify(mode)})`,
    `const calls3: Parameters<typeof eager.fn>[] = [`,
    ...calls,
    ']',
    'for (const args of calls3) {',
    '  console.log(eager.fn(...args), eager.states)',
    '  console.log(fast(...args), other.states)',
    '}',
  ].join('\n')
}

/** Like JSON, but with every number as it is. */
const dataText = (data: unknown): string =>
  JSON.stringify(data, (_, value: unknown) => (typeof value === 'number' ? `#${literal(value)}#` : value)).replaceAll(
    /"#([^#]*)#"/g,
    '$1',
  )
const literal = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

function tensorText(step: InputStep, call: number): string {
  const elements = elementsOf(step.type, step.flavour, step.seed, call)
  const { dtype, shape } = step.type as TensorType
  const plain = `tensor([${Array.from(elements, literal).join(', ')}], { dtype: '${dtype}', shape: [${shape.join(', ')}] })`
  if (step.lies === 'row-major' || shape.length === 0) return plain
  const reverse = `{ axes: [${shape.map((_, axis) => shape.length - 1 - axis).join(', ')}] }`
  const backwards = `{ starts: [${shape.map((size) => size - 1).join(', ')}], sizes: [${shape.join(', ')}], steps: [${shape.map(() => -1).join(', ')}] }`
  const [op, attrs] = step.lies === 'transposed' ? ['permute', reverse] : ['slice', backwards]
  return `applyOp('${op}', [applyOp('copy', [applyOp('${op}', [${plain}], ${attrs})])], ${attrs})`
}

function lineOf(step: Step, i: number): string[] {
  switch (step.kind) {
    case 'constant':
      return [`    const v${i} = currentInterpreter().constant(${literal(step.value)}, '${step.dtype}') as Tensor`]
    case 'op':
      return [
        `    const v${i} = applyOp('${step.op}', [${step.operands.map((operand) => `v${operand}`).join(', ')}], ${dataText(step.attrs)})`,
      ]
    case 'call':
      return [
        `    const v${i} = calls.${step.call}(${[...step.operands.map((operand) => `v${operand}`), ...(step.axis === undefined ? [] : [step.axis])].join(', ')}) as Tensor`,
      ]
    case 'assign': {
      const { state, value, method, place } = step
      if (method) return [`    v${state}.${method}(v${value})`]
      if (!place) return [`    assign(v${state}, v${value})`]
      const ranges = place.ranges.map((range) => (isStepRange(range) ? `v${range.step}` : JSON.stringify(range)))
      return [`    v${state}.at(${ranges.join(', ')}).${place.method}(v${value})`]
    }
    default:
      return []
  }
}
