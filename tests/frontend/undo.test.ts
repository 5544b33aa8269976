import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { assign, ones, variable, type Tensor } from 'gryph'
import { expect, test } from 'vitest'
import { Undo } from '../../src/frontend/undo.ts'

test('what a body changes is put back if it throws, also what it changes twice, and gradients', () => {
  const [w, other] = [variable([1, 2], { requiresGrad: true }), variable([3])]
  const undo = new Undo()
  const change = (fails: boolean): void => {
    assign(w, w.add(1))
    w.mul(w.detach()).sum().backward()
    w.at(0).set_(9)
    assign(w, w.mul(2))
    other.mul_(2)
    if (fails) throw new Error('mine')
  }
  undo.during(() => change(false))
  const [values, gradient] = [w.toArray(), w.grad]
  expect(() => undo.during(() => change(true))).toThrow('mine')
  expect([w.toArray(), other.toArray(), w.grad]).toEqual([values, [6], gradient])
})

test('a view of what is put back is stale', () => {
  const w = variable([1, 2])
  const undo = new Undo()
  let view: Tensor | undefined
  const body = (): void => {
    view = w.slice([[0, 1]])
    assign(w, w.add(1))
    throw new Error('mine')
  }
  expect(() => undo.during(body)).toThrow('mine')
  expect(() => view!.toArray()).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
})

test('variables that a body makes for itself are not kept alive', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // the flag
  const undo = new Undo()
  const made: WeakRef<object>[] = []
  const step = (): void => {
    const own = variable([0])
    assign(own, ones([1]))
    made.push(new WeakRef(own.storage))
  }
  for (let i = 0; i < 20; i++) undo.during(step)
  collect()
  // Weak references are looked at after the task that made them.
  return new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
    collect()
    expect(made.filter((each) => each.deref()).length).toBeLessThanOrEqual(3)
  })
})
