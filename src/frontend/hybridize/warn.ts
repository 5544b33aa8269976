import { hostReadMessage } from '../errors.ts'
import type { HostRead } from '../recorder.ts'

/** Node shows it on stderr, pages on the console. */
export function warn(code: string, message: string): void {
  if (typeof process === 'object' && typeof process.emitWarning === 'function')
    process.emitWarning(message, { type: 'GryphWarning', code })
  else console.warn(message)
}

/** One warning per function. */
export function warnOfHostRead(functionName: string, hostRead: HostRead): void {
  warn('HOST_READ', hostReadMessage(functionName, hostRead.what, hostRead.source))
}
