import { GryphError } from '../../base/errors.ts'
import { shapeText, type Shape } from '../../base/shape.ts'

/** The position in what a converted statement carries along: `file:line:column|name|name`. */
export const positionIn = (site: string): string => site.split('|', 1)[0]!

export const notConvertible = (site: string): GryphError => {
  const [position, reason] = site.split('|')
  return new GryphError(
    'NOT_CONVERTIBLE',
    `[hybridize] the test at ${position} is a tensor of the call that is recorded, but what it steers cannot be compiled, for it ${reason}.`,
  )
}

export const testNotScalar = (shape: Shape): GryphError =>
  new GryphError(
    'TEST_NOT_SCALAR',
    `[hybrid] a tensor of shape ${shapeText(shape)} is used as a test, which takes one element. Reduce it first, or compare with undefined to ask whether it is there.`,
  )

export const sidesDiffer = (name: string, first: string, second: string, site: string): GryphError =>
  new GryphError(
    'SIDES_DIFFER',
    `[hybrid] ${name} is ${first} on one side of the test at ${positionIn(site)} and ${second} on the other. Give it the same form, shape and dtype on both.`,
  )

export const passesDiffer = (name: string, before: string, after: string, site: string): GryphError =>
  new GryphError(
    'PASSES_DIFFER',
    `[hybrid] ${name} is ${before} before a pass of the loop at ${positionIn(site)} and ${after} after it. Give it before the loop the form, shape and dtype that it keeps, for instance with tensor(…).`,
  )

export const assignedOnOneSide = (name: string, site: string): GryphError =>
  new GryphError(
    'ASSIGNED_ON_ONE_SIDE',
    `[hybrid] ${name} has a value on one side of the test at ${positionIn(site)} only, and is used afterwards. Give it one on the other side, or before.`,
  )

export const assignedInLoop = (name: string, site: string): GryphError =>
  new GryphError(
    'ASSIGNED_IN_LOOP',
    `[hybrid] ${name} gets its first value inside the loop at ${positionIn(site)}, which may run no pass, and is used outside of that pass. Give it a value before the loop.`,
  )

export const notEveryPathReturns = (site: string): GryphError =>
  new GryphError(
    'RETURN_MISSING',
    `[hybrid] the function at ${positionIn(site)} returns a value for some values of its tensors and nothing for others. End it with a return.`,
  )

export const noRows = (): GryphError =>
  new GryphError(
    'NO_ROWS',
    '[hybrid] a loop goes over a 0-d tensor, which has no rows. Use its element, or reshape([1]).',
  )
