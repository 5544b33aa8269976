import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.safetensors': 'application/octet-stream',
}

/** Pages that are cross-origin isolated can share memory among threads. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

/** Serves a folder, and pages that drive an artefact under a content security policy and post the report. */
export class PageServer {
  readonly #server: Server
  #report: (body: unknown) => void = () => {}

  constructor(folder: string) {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      if (request.method === 'POST') {
        const parts: Buffer[] = []
        request.on('data', (part: Buffer) => parts.push(part))
        request.on('end', () => {
          response.writeHead(204).end()
          this.#report(JSON.parse(Buffer.concat(parts).toString()))
        })
        return
      }
      const policy = url.searchParams.get('policy')
      const headers = {
        ...(policy ? { 'Content-Security-Policy': policy } : {}),
        ...(url.searchParams.has('isolated') ? isolation : {}),
      }
      const text = this.#made(url)
      if (text !== undefined) {
        response.writeHead(200, { ...headers, 'Content-Type': types[extname(url.pathname)]! }).end(text)
        return
      }
      try {
        const bytes = readFileSync(join(folder, url.pathname))
        response.writeHead(200, { ...headers, 'Content-Type': types[extname(url.pathname)] ?? 'text/plain' }).end(bytes)
      } catch {
        response.writeHead(404).end()
      }
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` // listens on a port
  }

  /** What the next page posts. */
  nextReport(): Promise<unknown> {
    return new Promise((resolve) => (this.#report = resolve))
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #made({ pathname, search }: URL): string | undefined {
    if (pathname === '/page.html') return `<!doctype html><script type="module" src="/page.mjs${search}"></script>`
    if (pathname === '/page.mjs') return pageScript(new URLSearchParams(search))
    if (pathname === '/worker.mjs') return workerScript(new URLSearchParams(search))
    return undefined
  }
}

const reporting = `const post = (body) => fetch('/report', { method: 'POST', body: JSON.stringify(body) })
const evaluates = () => { try { return new Function('return true')() } catch { return false } }
`

const pageScript = (parameters: URLSearchParams): string =>
  parameters.get('where') === 'worker'
    ? `${reporting}const worker = new Worker('/worker.mjs?${parameters.toString()}', { type: 'module' })
worker.onmessage = ({ data }) => post(data)
worker.onerror = ({ message }) => post({ error: message })`
    : `${reporting}import { drive } from '/drive.mjs'
import * as module from '/${parameters.get('format')}/net.mjs'
drive(module).then((report) => post({ ...report, evaluates: evaluates() }), (error) => post({ error: String(error) }))`

const workerScript = (parameters: URLSearchParams): string => `import { drive } from '/drive.mjs'
import * as module from '/${parameters.get('format')}/net.mjs'
drive(module).then((report) => postMessage(report), (error) => postMessage({ error: String(error) }))`
