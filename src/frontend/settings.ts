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
}

const allowed: { readonly [K in keyof Settings]: readonly Settings[K][] } = {
  hybridize: ['on', 'off'],
  relaxedSimd: ['default', 'enable'],
}

const variables: Readonly<Record<string, keyof Settings>> = { GRYPH_HYBRIDIZE: 'hybridize', GRYPH_RELAXED_SIMD: 'relaxedSimd' }

const settings: Settings = { hybridize: 'on', relaxedSimd: 'default' }

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

function checkValue(shownName: string, name: keyof Settings, value: string): void {
  const values: readonly string[] = allowed[name]
  if (!values.includes(value)) throw unknownSetting(shownName, value, values.map((each) => `'${each}'`).join(' or '))
}

export function currentSettings(): Readonly<Settings> {
  ensureEnvironment()
  return settings
}

/** Set where the environment holds a value that is not understood: an import that throws could not be caught by its program. */
let misread: { readonly variable: string; readonly name: keyof Settings; readonly value: string } | undefined

function ensureEnvironment(): void {
  if (misread) checkValue(misread.variable, misread.name, misread.value)
}

function configureFromEnvironment(): void {
  const environment = typeof process === 'object' ? process.env : {}
  for (const [variable, name] of Object.entries(variables)) {
    const value = environment[variable]
    if (!value) continue
    if ((allowed[name] as readonly string[]).includes(value)) configure({ [name]: value }) // wider, to look a string up
    else misread = { variable, name, value }
  }
}

configureFromEnvironment()
