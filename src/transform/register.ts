/** `node --import gryph/register train.ts`: Node runs TypeScript, and hybrid functions are rewritten as they are loaded. */
import { register } from 'node:module'

process.setSourceMapsEnabled(true) // so that errors name the lines of the source
register(new URL(import.meta.url.endsWith('.ts') ? './loader.ts' : './loader.js', import.meta.url))
