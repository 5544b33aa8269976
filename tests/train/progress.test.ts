import { tensor, train, type Tensor } from 'gryph'
import { expect, test } from 'vitest'

const identity = (x: Tensor): Tensor => x
const batches = [tensor(1.25), tensor(1.75)]

async function written(
  options: Omit<train.ProgressOptions, 'write'>,
  fit: Partial<train.FitOptions> = {},
): Promise<string> {
  let text = ''
  const write = (part: string): void => void (text += part)
  const training = train.fit(identity, batches, {
    epochs: 2,
    interruptible: false,
    progress: { write, ...options },
    ...fit,
  })
  await training.catch(() => {})
  return text.replaceAll(/[\d.]+(e\+?\d+)? steps/g, 'N steps').replaceAll(/\d+:\d\d left/g, '0:00 left')
}

test('elsewhere than on a terminal, progress is plain lines, the last of them at the end', async () => {
  expect(await written({ isTerminal: false })).toBe('epoch 2/2  N steps/s  loss 1.500\n')
  expect(await written({ isTerminal: false, everyMs: 0 }, { validate: (epoch) => ({ accuracy: epoch / 10 }) })).toBe(
    [
      'epoch 1/2  1/2  N steps/s  loss 1.250  0:00 left',
      'epoch 1/2  2/2  N steps/s  loss 1.750  0:00 left',
      'epoch 1/2  N steps/s  loss 1.500  accuracy 0.1000  0:00 left',
      'epoch 2/2  1/2  N steps/s  loss 1.250  accuracy 0.1000  0:00 left',
      'epoch 2/2  2/2  N steps/s  loss 1.750  accuracy 0.1000',
      'epoch 2/2  N steps/s  loss 1.500  accuracy 0.2000',
      '',
    ].join('\n'),
  )
})

test('on a terminal, one line is rewritten in place, and others go above it', async () => {
  const hello: train.Callback = { onEpochEnd: (run) => (run.epoch === 1 ? run.print('hello') : undefined) }
  const text = await written({ isTerminal: true, everyMs: 0 }, { callbacks: [hello] })
  expect(text.split('\r\x1b[K')).toEqual([
    '',
    'epoch 1/2  1/2  N steps/s  loss 1.250  0:00 left',
    'epoch 1/2  2/2  N steps/s  loss 1.750  0:00 left',
    'hello\nepoch 1/2  2/2  N steps/s  loss 1.750  0:00 left',
    'epoch 1/2  N steps/s  loss 1.500  0:00 left',
    'epoch 2/2  1/2  N steps/s  loss 1.250  0:00 left',
    'epoch 2/2  2/2  N steps/s  loss 1.750',
    'epoch 2/2  N steps/s  loss 1.500',
    'epoch 2/2  N steps/s  loss 1.500\n',
  ])
})

test('the line ends where training fails or is stopped', async () => {
  const fail: train.Callback = {
    onStep: (run) => {
      if (run.step === 3) throw new Error('mine')
    },
  }
  expect(await written({ isTerminal: true, everyMs: 0 }, { callbacks: [fail] })).toMatch(/left\n$/)
  const stop: train.Callback = { onStep: (run) => (run.step === 3 ? run.stop('enough') : undefined) }
  expect(await written({ isTerminal: false }, { callbacks: [stop] })).toBe(
    'epoch 2/2  1/2  N steps/s  loss 1.250  stopped: enough\n',
  )
})
