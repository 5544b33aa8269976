import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { assign, hybridize, nn, optim, rand, tensor, train, variable, whileLoop, type Tensor } from 'gryph'
import { describe, expect, test, vi } from 'vitest'
import { bitsOf, fiveBatches, quiet, smallTraining } from './small-training.ts'

/** A pattern of the place of a line of this file. */
function at(mark: string): string {
  const lines = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n')
  return `\\S*nan-watch\\.test\\.ts:${lines.findIndex((line) => line.endsWith(`// ${mark}`)) + 1}:\\d+`
}

async function failureOf(
  step: (...batch: never[]) => train.StepResult,
  loader: readonly unknown[],
  options?: train.NanWatchOptions,
): Promise<Error & { code: string }> {
  const training = train.fit(step as (batch: unknown) => train.StepResult, loader, {
    epochs: 3,
    ...quiet,
    callbacks: [train.nanWatch(options)],
  })
  const error: unknown = await training.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return error as Error & { code: string } // compared by the caller
}

describe.each(['eager', 'compiled'] as const)('%s', (mode) => {
  const inMode = <F extends (...args: never[]) => unknown>(f: F): F =>
    mode === 'compiled' ? (hybridize(f) as unknown as F) : f // called like F

  test('the first op with a result that is not finite is named, with its line, and the step has not happened', async () => {
    const w = variable([1, 2], { requiresGrad: true })
    const draws = variable(0)
    const step = inMode(function step(x: Tensor) {
      assign(draws, draws.add(rand([])))
      const scaled = w.mul(x)
      const logs = scaled.log() // logs
      const loss = logs.mul(tensor([1, 0])).sum() // times
      loss.backward()
      assign(w, w.sub(w.grad!.mul(0.1)))
      w.grad = null
      return { loss, other: scaled.sum() }
    })
    const good = tensor([1, 1])
    await train.fit(step, [good, good], { epochs: 1, ...quiet })
    const [before, drawsBefore] = [w.toArray(), draws.item()]
    const error = await failureOf(step, [tensor([1, 0])])
    expect(error.code).toBe('LOSS_NOT_FINITE')
    expect(error.message).toMatch(
      new RegExp(
        `^\\[fit\\] the loss is NaN in step 1, epoch 1, batch 1\\. The first op that gave such a value is log at ${at('logs')}: -Infinity at \\[1\\] of shape \\[2\\], and mul at ${at('times')} made NaN of it\\. Keep its operands in range, or lower the learning rate\\. Parameters and state are as they were before that step\\.$`,
      ),
    )
    expect(w.toArray()).toEqual(before)
    expect(draws.item()).toBe(drawsBefore)
    expect(w.grad).toBeNull()
  })

  test('a batch that is not finite is named', async () => {
    const { step } = smallTraining(mode)
    const [[x, y] = [tensor(0), tensor(0)]] = fiveBatches()
    const bad = x.at(2, 1).set(NaN)
    const error = await failureOf(step, [
      [x, y],
      [bad, y],
    ])
    expect(error.message).toMatch(
      /^\[fit\] the loss is NaN in step 2, .* Argument 0 of the step has NaN at \[2, 1\] of shape \[4, 3\]: the data is not finite\./,
    )
  })

  test('with a module, the step whose gradient spoils a parameter fails, and not the next one', async () => {
    const batches = [tensor([1]), tensor([0])]
    const make = () => {
      const net = new Scale()
      const optimizer = optim.sgd(net.parameters(), { lr: 0.1 })
      const step = inMode(function step(x: Tensor) {
        const loss = net.forward(x).sqrt().sum() // roots
        loss.backward() // pulled back
        optimizer.step()
        return loss
      })
      return { net, step }
    }
    const watched = make()
    const error = await failureOf(watched.step, batches, { module: watched.net })
    expect(error.message).toMatch(
      new RegExp(
        `^\\[fit\\] parameter factor is (NaN|-Infinity)( at \\[0\\] of shape \\[1\\])? in step 2, .* is div at ${at('pulled back')}, computed from sqrt at ${at('roots')}: Infinity`,
      ),
    )
    expect(Number.isFinite(watched.net.factor.data()[0])).toBe(true)
    const unwatched = make()
    const late = await failureOf(unwatched.step, batches)
    expect(late.message).toMatch(
      /step 3, .* A variable that it reads was (NaN|-Infinity) .*before it\. nanWatch\(\{ module \}\) finds/,
    )
  })

  test('a training that stays finite has the bits of one that nobody watches', async () => {
    const batches = fiveBatches()
    const [plain, watched] = [smallTraining(mode), undefined]
    await train.fit(plain.step, batches, { epochs: 2, ...quiet })
    const other = watched ?? smallTraining(mode)
    await train.fit(other.step, batches, { epochs: 2, ...quiet, callbacks: [train.nanWatch({ module: other.net })] })
    expect(bitsOf(other)).toEqual(bitsOf(plain))
  })
})

test('a compiled step is watched by its own program, also when the watch ends and comes again', async () => {
  const w = variable(1)
  const step = hybridize(function step(x: Tensor) {
    assign(w, w.add(1))
    return x.log()
  })
  const [good, bad] = [tensor(1), tensor(0)]
  step(good)
  await failureOf(step, [good, good])
  expect(step.stats.traces).toBe(2)
  expect(await failureOf(step, [bad])).toMatchObject({ code: 'LOSS_NOT_FINITE' })
  const before = w.item()
  const history = await train.fit(step, [good, bad], { epochs: 1, ...quiet })
  expect(history.loss).toEqual([-Infinity])
  expect(w.item()).toBe(before + 2)
  expect(step(bad).item()).toBe(-Infinity)
  expect(step.stats.traces).toBe(2)
})

test('a step that reads its loss is watched too', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {}) // of the host read
  const w = variable(1)
  const step = hybridize(function step(x: Tensor) {
    assign(w, w.add(1))
    return x.log().item()
  })
  const error = await failureOf(step, [tensor(1), tensor(1), tensor(0)])
  expect(error.message).toMatch(/^\[fit\] the loss is -Infinity in step 3, /)
  expect(w.item()).toBe(3)
  vi.restoreAllMocks()
})

test('the op is named in a loop too', async () => {
  const step = function step(x: Tensor): Tensor {
    const [, y] = whileLoop(
      ([i]) => i!.less(200),
      ([i, v]) => [i!.add(1), v!.mul(10)], // grows
      [tensor(0), x],
    )
    return y!.sum()
  }
  const error = await failureOf(step, [tensor([1, 0])])
  expect(error.message).toMatch(new RegExp(`The first op that gave such a value is mul at ${at('grows')}: Infinity at`))
})

class Scale extends nn.Module {
  readonly factor = nn.parameter([1])

  forward(x: Tensor): Tensor {
    return x.mul(this.factor)
  }
}
