import { notFiniteText, notTrueText, singularText } from '../errors.ts'
import { floats, requireDtype } from '../operand-types.ts'
import { placeRules } from '../padding/places.ts'
import type { GeneratorRecord } from '../record.ts'
import type { OpTable } from '../table.ts'

/** What kind of number is not finite, in the two low bits of the reported value; the position of the element is above them. */
const kinds = ['NaN', 'Infinity', '-Infinity'] as const

export const assertionRecords = {
  /** A primitive of its own because only a check can stop a program before it writes state, and name the element. */
  assertion: {
    kind: 'index',
    padding: placeRules.assertion,
    infer: ([x], { test }) => {
      if (test === 'true') requireDtype('debug.assert', 'the dtype of the condition', x!.dtype, ['bool'])
      else requireDtype('debug.checkFinite', 'the dtype', x!.dtype, floats)
      return { dtype: 'bool', shape: x!.shape }
    },
    lower: (k, { test, message }, { operands, result }) => {
      const { dtype, shape } = operands[0]!
      const x = k.read(
        0,
        shape.map((_, axis) => k.index(axis)),
      )
      if (test === 'true') {
        k.check(x, k.linearIndex(), {
          code: 'ASSERTION_FAILED',
          describe: (position) => notTrueText(message, position, result.shape),
        })
        return x
      }
      if (test === 'pivot') {
        const isPivot = k.op('ne', x, k.constant(0, dtype))
        k.check(isPivot, k.linearIndex(), { code: 'MATRIX_SINGULAR', describe: () => singularText(message) })
        return isPivot
      }
      const isFinite = k.op('lt', k.op('abs', x), k.constant(Infinity, dtype))
      const kindOf = (kind: (typeof kinds)[number]): ReturnType<typeof k.constant> =>
        k.constant(kinds.indexOf(kind), 'int32')
      const infinity = k.op('select', k.op('gt', x, k.constant(0, dtype)), kindOf('Infinity'), kindOf('-Infinity'))
      const kind = k.op('select', k.op('ne', x, x), kindOf('NaN'), infinity)
      k.check(isFinite, k.op('add', k.op('mul', k.linearIndex(), k.constant(4, 'int32')), kind), {
        code: 'NOT_FINITE',
        describe: (value) => notFiniteText(message, kinds[value & 3]!, value >>> 2, result.shape),
      })
      return isFinite
    },
    vjp: 'not differentiable',
    checks: true,
  } satisfies GeneratorRecord<OpTable['assertion']['attrs']>,
}
