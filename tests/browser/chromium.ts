import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The browser that `CHROMIUM` names, or the first on the path; undefined when there is none. */
export function findChromium(): string | undefined {
  if (process.env['CHROMIUM']) return process.env['CHROMIUM']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path))
}

const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
/** With `blob:` it is all that gryph needs a page to allow: compiling WebAssembly, and workers from blobs. */
const policy = (...workerSources: readonly string[]): Record<string, string> => ({
  'Content-Security-Policy': [
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'",
    ...workerSources,
  ].join(' '),
})
const pages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/isolated': { ...isolation, ...policy('blob:') },
  '/plain': policy('blob:'),
  '/no-blobs': { ...isolation, ...policy() },
}

/** Serves the pages, which run `script`, and takes what they post to `/report/<name>`. */
export class PageServer {
  readonly #reports = new Map<string, PromiseWithResolvers>()
  readonly #server: Server

  constructor(script: string) {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (request.method === 'POST') {
        const parts: Buffer[] = []
        request.on('data', (part: Buffer) => parts.push(part))
        request.on('end', () => {
          this.#settle(pathname.replace('/report/', ''), JSON.parse(Buffer.concat(parts).toString()))
          response.writeHead(204).end()
        })
      } else if (pathname === '/page.mjs')
        response.writeHead(200, { ...pages['/isolated'], 'Content-Type': 'text/javascript' }).end(script)
      else if (pages[pathname])
        response
          .writeHead(200, { ...pages[pathname], 'Content-Type': 'text/html' })
          .end('<!doctype html><script type="module" src="/page.mjs"></script>')
      else response.writeHead(404).end()
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` // listens on a port
  }

  /** What was posted under the name; rejects with what a page posted as `error`. */
  report(name: string): Promise<unknown> {
    return this.#reportOf(name).promise
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #settle(name: string, body: unknown): void {
    if (name !== 'error') return this.#reportOf(name).resolve(body)
    for (const each of this.#reports.values()) each.reject(new Error(String(body)))
  }

  #reportOf(name: string): PromiseWithResolvers {
    let found = this.#reports.get(name)
    if (!found) this.#reports.set(name, (found = withResolvers()))
    return found
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<unknown>
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers(): PromiseWithResolvers {
  let [resolve, reject]: [(value: unknown) => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<unknown>((onValue, onError) => ([resolve, reject] = [onValue, onError]))
  promise.catch(() => {}) // whoever asks for it hears of the error
  return { promise, resolve, reject }
}

/** A headless browser with a profile of its own, at a page. It takes one only. */
export class Browser {
  /** Rejects when the browser ends before it is told to. */
  readonly ended: Promise<never>
  readonly #profile = mkdtempSync(join(tmpdir(), 'gryph-chromium-'))
  readonly #process: ChildProcess
  readonly #exit: Promise<string>

  constructor(path: string, url: string) {
    // The sandbox needs rights that containers do not give; the pages are our own.
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run']
    this.#process = spawn(path, [...flags, `--user-data-dir=${this.#profile}`, url], { stdio: 'ignore' })
    this.#exit = new Promise((resolve) => {
      this.#process.once('exit', (code) => resolve(`with ${code}`))
      this.#process.once('error', ({ message }) => resolve(message))
    })
    this.ended = this.#exit.then((why) => {
      throw new Error(`the browser ended: ${why}`)
    })
    this.ended.catch(() => {}) // whoever waits for a report hears of it
  }

  async close(): Promise<void> {
    this.#process.kill()
    await this.#exit
    try {
      rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    } catch {
      // Its helpers may still write there for a while: a folder among the temporary ones stays.
    }
  }
}
