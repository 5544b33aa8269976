/** So many bytes of results may wait for the garbage collector. */
const waitingBytes = 4 << 20
/** More than the 32 MiB of young arrays that V8 lets wait, and enough to be mapped and never touched. */
const ballastBytes = 33 << 20
/** Results of one call that are larger come to 32 MiB soon enough. */
const largestBytes = 8 << 20
const isNode = typeof process === 'object'

let madeBytes = 0

/**
 * Tells of a call whose results, so many bytes, have memory of their own. V8 collects young arrays when 32 MiB of them wait, all of them
 * memory that a loop over large results has touched; an array that nobody touches makes it do so after 4, or after two calls: what is
 * still in use at two collections would stay until a slow, full one. A collection takes about 0.1 ms.
 */
export function noteResults(byteLength: number): void {
  if (byteLength > largestBytes) return
  madeBytes += byteLength
  if (madeBytes < waitingBytes || madeBytes < 2 * byteLength || !isNode) return
  madeBytes = 0
  try {
    void new ArrayBuffer(ballastBytes)
  } catch {
    // No address space to spare: results wait for longer.
  }
}
