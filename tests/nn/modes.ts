import * as g from 'gryph'

/** The three ways to run a function; all give the same bits. */
export const modes = {
  eager: <F extends (...args: never[]) => unknown>(f: F): F => f,
  js: <F extends (...args: never[]) => unknown>(f: F): F => g.hybridize(f, { target: 'js' }) as unknown as F, // called like F
  wasm: <F extends (...args: never[]) => unknown>(f: F): F => g.hybridize(f, { target: 'wasm' }) as unknown as F, // called like F
} as const

/** Code of the error that `body` throws, or 'no error'. */
export function codeOf(body: () => unknown): string {
  try {
    body()
  } catch (error) {
    return error instanceof g.GryphError ? error.code : String(error)
  }
  return 'no error'
}
