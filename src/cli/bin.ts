#!/usr/bin/env node
import { main } from './main.ts'

/** TypeScript is loaded as the loader does it. */
async function importModule(url: string): Promise<unknown> {
  if (/\.[mc]?ts$/.test(url)) await import('gryph/register')
  return import(url)
}

const io = { out: (line: string): void => console.log(line), importModule }
const code = await main(process.argv.slice(2), io, (text) => console.error(text))
process.exitCode = process.exitCode || code
