import { where } from '../../../frontend/functions/elementwise.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { integers } from '../constant.ts'
import type { NodeCall, OperatorTable } from '../node-call.ts'

function gemm(call: NodeCall): Tensor {
  const [given, other] = [call.tensor(0), call.tensor(1)]
  const a = call.int('transA', 0) === 1 ? given.transpose() : given
  const b = call.int('transB', 0) === 1 ? other.transpose() : other
  const [alpha, beta] = [call.float('alpha', 1), call.float('beta', 1)]
  const product = a.matmul(b)
  const scaled = alpha === 1 ? product : product.mul(alpha)
  const shift = call.maybe(2)
  return !shift || beta === 0 ? scaled : scaled.add(beta === 1 ? shift : shift.mul(beta))
}

const letters = /^[A-Za-z]*$/

/** The terms with `...` written out by the letters that stand for its axes. */
function termsOf(call: NodeCall, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const [left, right, ...more] = call.string('equation').replaceAll(' ', '').split('->')
  if (left === undefined || more.length > 0) throw call.failed('the equation has two arrows')
  const given = left.split(',')
  if (given.length !== operands.length) throw call.failed(`${given.length} terms for ${operands.length} inputs`)
  const longest = Math.max(
    ...given.map((term, i) => (term.includes('...') ? operands[i]!.rank - term.length + 3 : 0)),
    0,
  )
  // Numbers stand for the axes of the dots, counted from the last.
  const dots = (count: number): string[] => Array.from({ length: count }, (_, i) => String(count - 1 - i))
  const spell = (term: string, count: number): string[] => {
    const [head = '', tail, ...rest] = term.split('...')
    if (rest.length > 0 || !letters.test(head) || !letters.test(tail ?? '')) throw call.failed(`'${term}' is no term`)
    return tail === undefined ? head.split('') : [...head.split(''), ...dots(Math.max(count, 0)), ...tail.split('')]
  }
  const inputs = given.map((term, i) => spell(term, operands[i]!.rank - term.length + 3))
  const odd = inputs.findIndex((term, i) => term.length !== operands[i]!.rank)
  if (odd >= 0) throw call.failed(`'${given[odd]}' has not the ${operands[odd]!.rank} axes of input ${odd}`)
  if (right !== undefined) return { inputs, output: spell(right, longest) }
  const all = inputs.flat().filter((letter) => /\D/.test(letter))
  const single = [...new Set(all)].filter((letter) => all.indexOf(letter) === all.lastIndexOf(letter)).toSorted()
  return { inputs, output: [...dots(longest), ...single] }
}

/** A letter that stands twice in a term takes the diagonal. */
function withoutRepeats(call: NodeCall, x: Tensor, term: readonly string[]): { x: Tensor; term: readonly string[] } {
  const second = term.findIndex((letter, i) => term.indexOf(letter) < i)
  if (second < 0) return { x, term }
  const first = term.indexOf(term[second]!)
  const size = x.shape[first]!
  if (x.shape[second] !== size) throw call.failed(`'${term[second]}' has sizes ${size} and ${x.shape[second]}`)
  const shape = (axis: number): number[] => x.shape.map((_, i) => (i === axis ? size : 1))
  const index = Array.from({ length: size }, (_, i) => i)
  const [rows, columns] = [first, second].map((axis) => integers(index, shape(axis)).tensor()) as [Tensor, Tensor] // two
  const diagonal = where(rows.equal(columns), x, x.mul(0)).sum(second)
  return withoutRepeats(call, diagonal, term.toSpliced(second, 1))
}

/** All operands with one axis for each letter, multiplied and summed. Two operands meet in a matrix product. */
function einsum(call: NodeCall): Tensor {
  const operands = call.tensors()
  const { inputs, output } = termsOf(call, operands)
  const all = [...new Set(inputs.flat())]
  const odd = output.find((letter) => !all.includes(letter))
  if (odd !== undefined) throw call.failed(`'${odd}' of the output is in no input`)
  let [current, ...rest] = operands.map((x, i) => withoutRepeats(call, x, inputs[i]!))
  if (!current) throw call.failed('it has no inputs')
  while (rest.length > 0) {
    const [next, ...later] = rest as [typeof current, ...(typeof current)[]] // not empty
    const needed = new Set([...output, ...later.flatMap(({ term }) => term)])
    current = contracted(call, current, next, needed)
    rest = later
  }
  const summed = summedOut(current, new Set(output))
  return summed.x.permute(output.map((letter) => summed.term.indexOf(letter)))
}

interface Term {
  readonly x: Tensor
  readonly term: readonly string[]
}

function summedOut({ x, term }: Term, needed: ReadonlySet<string>): Term {
  const axes = term.flatMap((letter, axis) => (needed.has(letter) ? [] : [axis]))
  return axes.length === 0 ? { x, term } : { x: x.sum(axes), term: term.filter((letter) => needed.has(letter)) }
}

function contracted(call: NodeCall, first: Term, second: Term, needed: ReadonlySet<string>): Term {
  const a = summedOut(first, new Set([...needed, ...second.term]))
  const b = summedOut(second, new Set([...needed, ...first.term]))
  const size = (letter: string): number => {
    const sizes = [a, b].flatMap(({ x, term }) => (term.includes(letter) ? [x.shape[term.indexOf(letter)]!] : []))
    const largest = Math.max(...sizes)
    if (sizes.some((each) => each !== largest && each !== 1))
      throw call.failed(`'${letter}' has sizes ${sizes.join(' and ')}`)
    return largest
  }
  const both = a.term.filter((letter) => b.term.includes(letter))
  const batch = both.filter((letter) => needed.has(letter))
  const inner = both.filter((letter) => !needed.has(letter))
  const rows = a.term.filter((letter) => !both.includes(letter))
  const columns = b.term.filter((letter) => !both.includes(letter))
  const product = (group: readonly string[]): number => group.reduce((count, letter) => count * size(letter), 1)
  const matrix = ({ x, term }: Term, left: readonly string[], right: readonly string[]): Tensor => {
    const order = [...batch, ...left, ...right]
    return x
      .permute(order.map((letter) => term.indexOf(letter)))
      .broadcastTo(order.map(size))
      .reshape([...batch.map(size), product(left), product(right)])
  }
  const result = matrix(a, rows, inner).matmul(matrix(b, inner, columns))
  const term = [...batch, ...rows, ...columns]
  return { x: result.reshape(term.map(size)), term }
}

export const productOperators: OperatorTable = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: (call) => call.tensor(0).matmul(call.tensor(1)),
}
