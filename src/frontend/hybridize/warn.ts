import { hostReadMessage } from '../errors.ts'
import type { HostRead } from '../recorder.ts'

/** One warning per function; Node shows it on stderr, pages on the console. */
export function warnOfHostRead(functionName: string, hostRead: HostRead): void {
  const message = hostReadMessage(functionName, hostRead.what, hostRead.source)
  if (typeof process === 'object' && typeof process.emitWarning === 'function')
    process.emitWarning(message, { type: 'GryphWarning', code: 'HOST_READ' })
  else console.warn(message)
}
