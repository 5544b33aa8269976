import { Tensor } from '../tensor.ts'

/** What a condition of a specialisation is about. */
export type GuardKind =
  | 'structure' // nesting, lengths, keys, number of arguments
  | 'shape'
  | 'dtype'
  | 'requiresGrad'
  | 'variable' // which one it is
  | 'static' // strings, booleans, functions, instances, numbers of `staticArgs`
  | 'number' // what a number argument answers, or is
  | 'gradMode' // inside `noGrad` or not
  | 'leafGradient' // whether a parameter has a gradient when the call begins
  | 'mode' // training or evaluation
  | 'field' // of an object that the function reads
  | 'free' // a variable outside of a transformed function
  | 'setting' // what an optimizer or another part of gryph holds as a plain number

/** A condition that a call did not meet: why it could not use a specialisation. */
export interface GuardFailure {
  readonly kind: GuardKind
  /** `argument 0`, `argument 1.x[2]`, `this.scale`, … */
  readonly subject: string
  /** What the specialisation was recorded with, and what the call had. */
  readonly was: string
  readonly now: string
}

/** As `explain` shows it: `argument 0: shape [32, 784] → [17, 784]`. */
export function failureText({ kind, subject, was, now }: GuardFailure): string {
  const label = kind === 'shape' || kind === 'dtype' ? `${kind} ` : ''
  return `${subject}: ${label}${was} → ${now}`
}

/** What to write where this keeps a function from reusing its programs. */
export const remedies: Readonly<Record<GuardKind, string>> = {
  structure: 'Pass arguments of one structure, or hybridize a function for each',
  shape: 'Bring batches to one shape: drop or pad the last one',
  dtype: 'Cast to one dtype before the call',
  requiresGrad: 'Pass detach() where no gradient is wanted',
  variable: 'Reuse one variable and assign to it, or pass its value, for instance with detach()',
  static:
    'Make the object, function or string once and pass the same one again; pass what changes as a number or a tensor',
  number: 'Pass it as a tensor, or compute what JavaScript decides by it outside',
  gradMode: 'Call it always inside noGrad, or never',
  leafGradient: 'Clear gradients at the same place of every step',
  mode: 'Switch between train() and eval() less often',
  field: 'Make the field a variable (nn.buffer, variable), or pass its value as an argument',
  setting: 'Leave it to step(), which reads it as state',
  free: 'Pass what changes at every call as an argument',
}

/** A value of JavaScript in a few words. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function'
  if (value instanceof Tensor)
    return `a ${value.isVariable ? 'variable' : 'tensor'} ${value.dtype}[${value.shape.join(', ')}]`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value)
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor?.name
  return name && name !== 'Object' ? `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}` : 'an object'
}

/** The words for two values that differ, made to differ too. */
export const changeOf = (was: string, now: string): { readonly was: string; readonly now: string } => ({
  was,
  now: was === now ? now.replace(/^an? |^/, 'another ') : now,
})
