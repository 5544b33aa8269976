import { mostThreads } from '../plan/control-block.ts'
import { enableRelaxedSimd } from '../runtime/engine.ts'
import { settingsInvalid, unknownSetting } from './errors.ts'

/**
 * Process-wide choices; each is also read from the environment variable `GRYPH_…` when the process starts. A value there that is not
 * understood is the error of the first call that asks for settings: `configure`, or a hybridized function.
 */
export interface Settings {
  /** 'off' runs hybridized functions eagerly, for debugging. Environment: GRYPH_HYBRIDIZE. */
  hybridize: 'on' | 'off'
  /**
   * 'enable' turns on relaxed SIMD where Node 20 hides it behind a flag, for fused multiply-adds in contractions. It changes the whole
   * process, and has to come before the first tensor is computed. Environment: GRYPH_RELAXED_SIMD.
   */
  relaxedSimd: 'default' | 'enable'
  /**
   * How many threads compiled functions may use unless they say so themselves: 1, the default, starts no worker; 'auto' is one for each
   * core. Environment: GRYPH_THREADS.
   */
  threads: number | 'auto'
}

export const isThreadCount = (value: unknown): value is number | 'auto' =>
  value === 'auto' || (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= mostThreads)

const oneOf = (...values: readonly string[]) => ({
  accepts: (value: unknown): boolean => values.some((each) => each === value),
  text: values.map((each) => `'${each}'`).join(' or '),
})

const allowed: { readonly [K in keyof Settings]: { accepts(value: unknown): boolean; readonly text: string } } = {
  hybridize: oneOf('on', 'off'),
  relaxedSimd: oneOf('default', 'enable'),
  threads: { accepts: isThreadCount, text: `'auto' or a whole number from 1 to ${mostThreads}` },
}

/** Environment variables, and what their text means. */
const variables: Readonly<
  Record<string, { readonly name: keyof Settings; readonly read?: (text: string) => unknown }>
> = {
  GRYPH_HYBRIDIZE: { name: 'hybridize' },
  GRYPH_RELAXED_SIMD: { name: 'relaxedSimd' },
  GRYPH_THREADS: { name: 'threads', read: (text) => (Number.isFinite(Number(text)) ? Number(text) : text) },
}

const settings: Settings = { hybridize: 'on', relaxedSimd: 'default', threads: 1 }

/** Changes settings. @throws SETTING_INVALID, RELAXED_SIMD_TOO_LATE @example configure({ hybridize: 'off' }) */
export function configure(changes: Partial<Settings>): void {
  if (typeof changes !== 'object' || changes === null) throw settingsInvalid(changes, Object.keys(allowed))
  ensureEnvironment()
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(allowed, name)) throw unknownSetting(name, value, `one of ${Object.keys(allowed).join(', ')}`)
    checkValue(name, name as keyof Settings, value) // checked on the line above
  }
  if (changes.relaxedSimd === 'enable') enableRelaxedSimd()
  Object.assign(settings, changes)
}

function checkValue(shownName: string, name: keyof Settings, value: unknown): void {
  const setting = allowed[name]
  if (!setting.accepts(value)) throw unknownSetting(shownName, value, setting.text)
}

export function currentSettings(): Readonly<Settings> {
  ensureEnvironment()
  return settings
}

/** Set where the environment holds a value that is not understood: an import that throws could not be caught by its program. */
let misread: { readonly variable: string; readonly name: keyof Settings; readonly value: unknown } | undefined

function ensureEnvironment(): void {
  if (misread) checkValue(misread.variable, misread.name, misread.value)
}

function configureFromEnvironment(): void {
  const environment = typeof process === 'object' ? process.env : {}
  for (const [variable, { name, read }] of Object.entries(variables)) {
    const text = environment[variable]
    if (!text) continue
    const value = read ? read(text) : text
    if (allowed[name].accepts(value)) configure({ [name]: value })
    else misread = { variable, name, value }
  }
}

configureFromEnvironment()
