/** Calls `onInterrupt` at the first SIGINT of the process; the second one ends it as usual. Returns what stops listening. */
export function listenForInterrupt(onInterrupt: () => void): () => void {
  if (typeof process !== 'object' || typeof process.once !== 'function') return () => {}
  process.once('SIGINT', onInterrupt)
  return () => void process.removeListener('SIGINT', onInterrupt)
}

/** After what waits in the event loop: signals, timers, what a page has to draw. */
export const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
