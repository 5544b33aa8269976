import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crossEntropy, dropout, hybridize, manualSeed, nn, optim, tensor, type Tensor } from '../../src/index.ts'
import { exportModule } from '../../src/export/index.ts'
import { elements, labels, steps } from './drive.mjs'

/** What `drive` reports. */
export interface Report {
  readonly tested: boolean
  readonly losses: readonly number[]
  readonly predictions: readonly number[]
  readonly restored: readonly number[]
  readonly code: string
  readonly state: number
}

export const formats = ['files', 'single', 'js'] as const

/** Writes an artefact in each format to `FOLDER/FORMAT/net.mjs`, and beside them `drive.mjs`. Gives what gryph itself computes. */
export async function writeArtefacts(folder: string): Promise<Pick<Report, 'losses' | 'predictions'>> {
  manualSeed(11)
  const net = nn.sequential(nn.linear(6, 16), nn.tanh(), nn.linear(16, 3))
  const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
  const predict = hybridize((x: Tensor) => net.forward(x).softmax(-1))
  const trainStep = hybridize((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(net.forward(dropout(x, 0.1)), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  const x = tensor(elements(24), { shape: [4, 6] })
  const y = tensor(labels)
  const inputs = { predict: { x }, trainStep: { x, y } }
  for (const format of formats)
    await exportModule(
      { predict, trainStep },
      { name: 'net', outDir: join(folder, format), format, weights: { net, optimizer }, inputs },
    )
  await exportModule(
    { predict, trainStep },
    { name: 'net', outDir: join(folder, 'threads'), threads: 2, splitFrom: 300, weights: { net, optimizer }, inputs },
  )
  cpSync(fileURLToPath(new URL('drive.mjs', import.meta.url)), join(folder, 'drive.mjs'))
  const losses = Array.from({ length: steps }, () => trainStep(x, y).item())
  return { losses, predictions: [...predict(x).data()] }
}
