import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programFolder, root } from '../examples/bundled.ts'

const folder = programFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  writeFileSync(
    join(folder, 'program.ts'),
    `import { manualSeed, nn, optim, ones, train, type Tensor } from 'gryph'
     manualSeed(1)
     const net = nn.linear(2, 1)
     const optimizer = optim.sgd(net.parameters(), { lr: 1e-6 })
     function step(x: Tensor): Tensor {
       const loss = net.forward(x).sum()
       loss.backward()
       optimizer.step()
       return loss
     }
     const [, , path, last] = process.argv
     const checkpoint = train.checkpoint({ path: path!, module: net, optimizer, resume: true })
     const ready: train.Callback = { onStep: (run) => void (run.step % 50 === 0 && process.stdout.write('.')) }
     const waits = (): Promise<void> => new Promise((resolve) => (process.stdout.write('waiting'), setTimeout(resolve, 60_000)))
     const slow: train.Callback = { onEnd: () => (last === 'slow' ? waits() : undefined) }
     const limit: train.Callback = { onStep: (run) => (last === 'resume' ? run.stop('resumed') : undefined) }
     const history = await train.fit(step, [ones([4, 2])], { epochs: 1e9, progress: true, callbacks: [ready, limit, checkpoint, slow] })
     console.log(JSON.stringify({ steps: history.steps, reason: history.stopReason, listeners: process.listenerCount('SIGINT') }))
    `,
  )
  await build({
    absWorkingDir: folder,
    entryPoints: ['program.ts'],
    outfile: join(folder, 'program.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    alias: { gryph: join(root, 'src/index.ts') },
    packages: 'external',
    tsconfigRaw: '{}',
    logLevel: 'warning',
  })
}, 60_000)

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
  readonly signal: string | null
}

/** Sends SIGINT whenever the program writes the next of these texts. */
function run(args: readonly string[], signalAt: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['program.mjs', ...args], { cwd: folder })
  let [stdout, stderr, sent] = ['', '', 0]
  child.stdout.on('data', (text) => {
    stdout += text
    if (sent === signalAt.length || !stdout.includes(signalAt[sent]!)) return
    sent++
    child.kill('SIGINT')
  })
  child.stderr.on('data', (text) => (stderr += text))
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ stdout, stderr, code, signal })
    }),
  )
}

test('SIGINT ends the training after a step, with a checkpoint, and the program goes on', async () => {
  const { stdout, stderr, code, signal } = await run(['stopped.safetensors', 'fast'], ['.'])
  expect({ code, signal }).toEqual({ code: 0, signal: null })
  expect(stderr).toMatch(/stopped: SIGINT\n$/)
  const { steps, reason, listeners } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, unknown>
  expect({ reason, listeners }).toEqual({ reason: 'SIGINT', listeners: 0 })
  const again = await run(['stopped.safetensors', 'resume'], [])
  expect(JSON.parse(again.stdout.slice(again.stdout.indexOf('{')))).toMatchObject({
    steps: Number(steps) + 1,
    reason: 'resumed',
  })
})

test('a second SIGINT ends the process as usual', async () => {
  const { stdout, signal } = await run(['killed.safetensors', 'slow'], ['.', 'waiting'])
  expect(stdout).not.toContain('reason')
  expect(signal).toBe('SIGINT')
  expect(existsSync(join(folder, 'killed.safetensors'))).toBe(true)
})
