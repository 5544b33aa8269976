import { expect } from 'vitest'
import { GryphError } from '../../src/base/errors.ts'

/** The error that `read` refuses with. */
export async function refusalOf(read: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await read()
  } catch (error) {
    if (!(error instanceof GryphError)) throw error
    return { code: error.code, message: error.message }
  }
  return expect.fail('nothing was refused')
}
