import { cond, forLoop, hybridize, ones, scan, tensor, variable, whileLoop, type Tensor } from '../../src/index.ts'
import type { Case } from './op-errors.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2])
const traced = (fn: (x: Tensor) => unknown) => (): unknown =>
  hybridize(function f(y: Tensor) {
    return fn(y) as Tensor
  })(x)
const isBig = (y: Tensor): Tensor => y.sum().greater(1)

/** Errors of control functions, most of them of their traced forms. */
export const ofControl: readonly Case[] = [
  [
    'HOST_READ_IN_REGION',
    "[cond: ifTrue] f reads a tensor's values with item() inside cond: ifTrue, which is traced once for all calls and has no values. Compute with tensor ops there, or read the values outside.",
    traced((y) =>
      cond(
        isBig(y),
        () => y.mul(y.sum().item()),
        () => y,
      ),
    ),
  ],
  [
    'REGION_TENSOR_ESCAPED',
    '[cond: ifTrue] f uses a tensor outside of cond: ifTrue that was made inside, where it may never be computed. Return it from there.',
    traced((y) => {
      let kept = y
      cond(
        isBig(y),
        () => (kept = y.mul(2)),
        () => y,
      )
      return kept.add(1)
    }),
  ],
  [
    'MAYBE_CHANGED_VARIABLE',
    /^\[hybridize\] f uses a value from .*control-errors\.ts:\d+:\d+ that may be a variable itself, which has changed since: .* Give the loop or branch a copy, w\.clone\(\), or use the value before the change\.$/,
    traced((y) => {
      const w = variable(ones([2]))
      const one = cond(
        isBig(y),
        () => w,
        () => y,
      )
      w.add_(1)
      return one.add(1)
    }),
  ],
  [
    'CONTROL_TEST_INVALID',
    '[cond] the test is float32 [2]. Give a boolean or a tensor of one element, for instance x.sum().greater(0).',
    () =>
      cond(
        x,
        () => x,
        () => x,
      ),
  ],
  [
    'CONTROL_TEST_INVALID',
    '[whileLoop] the test is the number 1. Give a boolean or a tensor of one element, for instance x.sum().greater(0).',
    traced((y) =>
      whileLoop(
        () => 1,
        (s) => s,
        y,
      ),
    ),
  ],
  [
    'CONTROL_STRUCTURE',
    '[cond] ifFalse gives […], and ifTrue gives { a: … }. Return the same arrays and objects, with the same keys, from both.',
    traced((y) =>
      cond(
        isBig(y),
        () => ({ a: y }),
        wrong(() => [y]),
      ),
    ),
  ],
  [
    'BRANCH_MISMATCH',
    '[cond] at result.a[0], ifFalse gives float32 [], and ifTrue gives float32 [2]. Make the shapes equal, for instance with broadcastTo(…) or reshape(…).',
    traced((y) =>
      cond(
        isBig(y),
        () => ({ a: [y] }),
        () => ({ a: [y.sum()] }),
      ),
    ),
  ],
  [
    'BRANCH_MISMATCH',
    '[cond] at result, ifFalse gives the number 0, and ifTrue gives float32 []. Make a tensor of the number, for instance with tensor(0, { dtype }) or zeros(shape).',
    traced((y) =>
      cond<Tensor | number, []>(
        isBig(y),
        () => y.sum(),
        () => 0,
      ),
    ),
  ],
  [
    'LOOP_STATE_MISMATCH',
    "[forLoop] at state.n, a pass begins with int32 [] and ends with float32 []. Make the dtypes equal, for instance with cast('int32').",
    traced(() => forLoop(0, 3, (_, { n }) => ({ n: n.mul(0.5) }), { n: tensor(1, { dtype: 'int32' }) })),
  ],
  [
    'LOOP_STATE_MISMATCH',
    '[forLoop] at state[1], a pass begins with a and ends with b. Make them equal, or make tensors of them.',
    traced((y) => forLoop(0, 3, (_, [s]) => [s, 'b'] as [Tensor, string], [y, 'a'] as [Tensor, string])),
  ],
  [
    'LOOP_BOUND_INVALID',
    '[forLoop] a bound is the number NaN. Give a whole number, or a tensor of one element.',
    () => forLoop(0, Number.NaN, (_, s) => s, x),
  ],
  [
    'BACKWARD_THROUGH_PASSES',
    '[forLoop] backward() inside the body goes on into the passes before this one, which a traced loop does not keep for it. Use detach() on the state, or call backward() after the loop.',
    () => {
      const w = variable([1, 2], { requiresGrad: true })
      traced((y) =>
        forLoop(
          0,
          3,
          (_, s) => {
            const next = s.mul(w)
            next.sum().backward()
            return next
          },
          y,
        ),
      )()
    },
  ],
  [
    'GRADIENT_CLEARED',
    '[forLoop] a gradient is there when the loop begins and null after a pass. Clear it before the loop too, for instance with zeroGrad().',
    () => {
      const w = variable([1, 2], { requiresGrad: true })
      traced((y) => {
        w.mul(y).sum().backward()
        return forLoop(
          0,
          3,
          (_, s) => {
            w.grad = null
            return s.mul(2)
          },
          y,
        )
      })()
    },
  ],
  [
    'SCAN_INPUT_INVALID',
    '[scan] the first axes have sizes 2, 3. Give one tensor or more, whose first axes have one size that is not 0.',
    () => scan((s: Tensor, [a]: Tensor[]) => [s, a!] as const, x, [x, ones([3])]),
  ],
  [
    'SCAN_RESULT_INVALID',
    '[scan] the body gives float32 []. Return [state, y], where y is a tensor, or arrays and objects of tensors.',
    () =>
      scan(
        wrong((s: Tensor, a: Tensor) => a),
        x,
        x,
      ),
  ],
]
