const plainLineEveryMs = 2000

/** Shows how far the training is, on stderr: one line that changes on a terminal, otherwise a plain line now and then. */
export class Progress {
  #lastMs = -Infinity

  show(text: string): void {
    const { stderr } = process
    const now = performance.now()
    if (stderr.isTTY) stderr.write(`\r\x1b[K${text}`)
    else if (now - this.#lastMs >= plainLineEveryMs) stderr.write(`${text}\n`)
    else return
    this.#lastMs = now
  }

  /** Clears the line, so that what follows starts on a clean one. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  }
}
