import type { Recording } from '../frontend/hybridize/record-call.ts'
import { notExportable } from './errors.ts'

/** Refuses what only the function's own JavaScript could do. @throws EXPORT_REFUSED */
export function requireExportable(where: string, functionName: string, recording: Recording): void {
  const refuse = (why: string, remedy: string): never => {
    throw notExportable(where, functionName, why, remedy)
  }
  for (const effect of recording.effects) {
    if (effect.kind === 'print')
      refuse(`prints at ${effect.frames[0]?.location ?? 'an unknown line'}`, 'Return the value instead of printing it')
    if (effect.kind === 'breakpoint')
      refuse(`has a breakpoint at ${effect.frames[0]?.location ?? 'an unknown line'}`, 'Take it out')
    if (effect.kind === 'control' && effect.prints) refuse('prints in a branch or loop', 'Take the print out')
  }
  for (const { path, source } of recording.fieldWrites)
    refuse(
      `changes the field ${path}${source ? ` at ${source}` : ''}, which an artefact has not`,
      'Keep it in a variable: variable(0) and assign, or add_',
    )
  for (const source of recording.sources.values()) {
    if (source.kind === 'free')
      refuse(`reads ${source.name}, a number outside of it that changes`, 'Pass it as an argument')
    if (source.kind === 'grad')
      refuse('adds to gradients that it finds on its parameters', 'Let the exported function begin without gradients')
  }
  for (const { isOfArguments, description } of recording.guards)
    if (isOfArguments)
      refuse(
        `was recorded for some values of a number only (${description})`,
        'List the number in staticArgs, or pass it as a tensor',
      )
  const left = recording.gradWrites.filter(({ isNull }) => !isNull).length
  if (left > 0 || recording.argumentGradients.length > 0)
    refuse(
      `leaves gradients on ${left > 0 ? `${left} variables` : 'its arguments'}`,
      'Apply them with optimizer.step(), or return them',
    )
}
