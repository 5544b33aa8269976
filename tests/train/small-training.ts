import { hybridize, manualSeed, nn, optim, randn, randperm, tensor, type Tensor, type train } from 'gryph'

export type Mode = 'eager' | 'compiled'
export type Batch = [x: Tensor, y: Tensor]

export interface SmallTraining {
  readonly net: nn.Sequential
  readonly optimizer: optim.Optimizer
  readonly step: (x: Tensor, y: Tensor) => Tensor
}

/** A network with dropout, so that a wrong random number shows. Equal seeds make equal ones. */
export function smallTraining(mode: Mode, seed = 3): SmallTraining {
  manualSeed(seed)
  const net = nn.sequential(nn.linear(3, 4), nn.tanh(), nn.dropout(0.3), nn.linear(4, 1))
  const optimizer = optim.adam(net.parameters(), { lr: 0.05 })
  function step(x: Tensor, y: Tensor): Tensor {
    const loss = nn.mse(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { net, optimizer, step: mode === 'compiled' ? hybridize(step) : step }
}

/** The same five batches each time, drawn without touching the state of the generator afterwards: call it before `smallTraining`. */
export function fiveBatches(): Batch[] {
  manualSeed(11)
  return Array.from({ length: 5 }, () => {
    const x = randn([4, 3])
    return [x, x.sum(1, true).tanh()]
  })
}

/** Goes through batches in an order that it draws from the process's generator when an epoch begins. */
export const shuffled = (batches: readonly Batch[]): (() => Generator<Batch>) =>
  function* () {
    for (const i of randperm(batches.length).data()) yield batches[i]!
  }

/** Every bit of parameters and optimizer state. */
export function bitsOf({ net, optimizer }: SmallTraining): Record<string, string> {
  const entries = [...Object.entries(net.stateDict()), ...Object.entries(optimizer.stateDict())]
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Buffer.from(value.data().buffer).toString('hex')] as const),
  )
}

/** Everything of a history but times. */
export const course = ({ epochs, steps, stopReason }: train.History): unknown => ({
  steps,
  stopReason,
  epochs: epochs.map(({ seconds: _seconds, ...rest }) => rest),
})

export const quiet = { progress: false, interruptible: false } as const

export const scalar = (value: number): Tensor => tensor(value)
