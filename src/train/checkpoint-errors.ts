import { GryphError } from '../base/errors.ts'

/** `reason` is a text, or the error that reading ended with. */
export function checkpointCorrupt(name: string, reason: unknown): GryphError {
  const text = (reason instanceof Error ? reason.message : String(reason)).replace(/^\[\w+\] |\.$/g, '')
  const is = text.startsWith(`${name} `) ? `it${text.slice(name.length)}` : text
  const error = new GryphError(
    'CHECKPOINT_CORRUPT',
    `[checkpoint] ${name} cannot be used: ${is}. Nothing was loaded. Take an older checkpoint, or begin anew without resume.`,
  )
  if (reason instanceof Error) error.cause = reason
  return error
}

export const notACheckpoint = (name: string, format: string | undefined): GryphError =>
  new GryphError(
    'CHECKPOINT_INVALID',
    `[checkpoint] ${name} is a safetensors file ${format === undefined ? 'without a training in it' : `of the format ${JSON.stringify(format)}`}. Pass what checkpoint wrote; data.loadSafetensorsFile reads other files.`,
  )

export const partMissing = (name: string, part: string, known: readonly string[]): GryphError =>
  new GryphError(
    'CHECKPOINT_MISMATCH',
    `[checkpoint] ${name} has no ${part}; it has ${known.join(', ') || 'nothing'}. Nothing was loaded. Pass the parts that were saved.`,
  )

export const checkpointsInTheWay = (pattern: string, steps: readonly number[]): GryphError =>
  new GryphError(
    'CHECKPOINT_EXISTS',
    `[checkpoint] there are checkpoints ${pattern} of steps ${steps.slice(0, 5).join(', ')}${steps.length > 5 ? ', …' : ''} already, and this training begins anew. Go on with { resume: true }, choose another path, or remove them.`,
  )

export const nothingToSave = (): GryphError =>
  new GryphError(
    'OPTION_INVALID',
    '[checkpoint] there is neither a module, nor an optimizer, nor anything else to save. Pass for instance { path, module: net, optimizer }.',
  )

export const pathInvalid = (where: string, given: string): GryphError =>
  new GryphError('OPTION_INVALID', `[${where}] path is ${given}. Use a text, for instance 'run/model.safetensors'.`)
