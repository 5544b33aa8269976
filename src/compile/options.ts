/** What a compilation may leave out or choose. Results have the same bits under every choice. */
export interface CompileOptions {
  readonly target: 'wasm' | 'js'
  /** How many threads may run the program; 1 when left out. */
  readonly threads?: number
  /** Operations from which a kernel is split among threads, where the measured figure would leave a test's small ones whole. */
  readonly splitFrom?: number
  /** The program notes the time around each kernel. */
  readonly profile?: boolean
  /** Names of graph passes to skip, and 'fusion': for tests and for finding a faulty pass. */
  readonly withoutPasses?: readonly string[]
}
