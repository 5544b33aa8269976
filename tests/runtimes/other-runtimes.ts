import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeProgram } from './in-node.ts'

export const othersWanted = process.env['npm_lifecycle_event'] === 'test:runtimes'
/** Versions are exact: a newer one is a decision. */
const versions = { bun: '1.4.5', deno: '2.9.6', workerd: '1.20260730.1' } as const
export type OtherRuntime = keyof typeof versions
export const otherRuntimes = Object.keys(versions) as OtherRuntime[] // of the table

/** Kept between runs, outside of what the project itself installs. */
const installed = fileURLToPath(new URL('../../node_modules/.runtimes', import.meta.url))

function binaryOf(name: OtherRuntime): string {
  const folder = join(installed, `${name}-${versions[name]}`)
  const path = join(folder, 'node_modules', '.bin', name)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', `${name}@${versions[name]}`], {
      cwd: folder,
      stdio: 'pipe',
    })
  }
  return path
}

export async function runInOther(name: OtherRuntime, folder: string): Promise<unknown> {
  const binary = binaryOf(name)
  if (name === 'workerd') return inWorkerd(binary, folder)
  const program = writeProgram(folder, 'files')
  const args = name === 'deno' ? ['run', '--allow-read', program] : ['run', program]
  return JSON.parse(execFileSync(binary, args, { encoding: 'utf8' }))
}

/** Its WebAssembly is imported as a module, and its weights as data; nothing is fetched or compiled while it runs. */
async function inWorkerd(binary: string, folder: string): Promise<unknown> {
  const port = await freePort()
  writeFileSync(
    join(folder, 'worker.mjs'),
    `import { drive } from './drive.mjs'
import * as module from './net.mjs'
import wasm from './net.wasm'
import weights from './net.safetensors'
export default { fetch: async () => Response.json(await drive(module, { wasm, weights })) }
`,
  )
  writeFileSync(
    join(folder, 'config.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  compatibilityDate = "2026-01-01",
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "drive.mjs", esModule = embed "drive.mjs"),
    (name = "net.mjs", esModule = embed "files/net.mjs"),
    (name = "net.wasm", wasm = embed "files/net.wasm"),
    (name = "net.safetensors", data = embed "files/net.safetensors"),
  ],
);
`,
  )
  const server = spawn(binary, ['serve', join(folder, 'config.capnp')], { stdio: 'inherit' })
  try {
    return await reportOf(`http://127.0.0.1:${port}/`)
  } finally {
    server.kill()
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo // listens on a port
  await new Promise((resolve) => probe.close(resolve))
  return port
}

async function reportOf(url: string): Promise<unknown> {
  for (let tries = 100; ; tries--) {
    try {
      return await (await fetch(url)).json()
    } catch (error) {
      if (tries === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
