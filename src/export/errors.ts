import { GryphError } from '../base/errors.ts'

export const nothingCompiled = (where: string, functionName: string): GryphError =>
  new GryphError(
    'EXPORT_NOT_COMPILED',
    `[${where}] ${functionName} has no compiled form yet. Call it once, or say what it takes with { inputs: [...] }.`,
  )

export const notExportable = (where: string, functionName: string, why: string, remedy: string): GryphError =>
  new GryphError('EXPORT_REFUSED', `[${where}] ${functionName} ${why}. ${remedy}.`)

export const exportOptionInvalid = (name: string, given: string, allowed: string, where = 'exportModule'): GryphError =>
  new GryphError('OPTION_INVALID', `[${where}] option ${name} is ${given}. Use ${allowed}.`)

export const formsAlike = (where: string, functionName: string, form: string): GryphError =>
  new GryphError(
    'EXPORT_REFUSED',
    `[${where}] ${functionName} has two programs that take ${form}, and they differ in what is fixed in them. Export one: call only that form before, or say which with { inputs: [...] }.`,
  )
