import { enableRelaxedSimd } from '../runtime/engine.ts'
import { unknownSetting } from './errors.ts'

/** Process-wide choices; each is also read from the environment variable `GRYPH_…` when the process starts. */
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

const settings: Settings = { hybridize: 'on', relaxedSimd: 'default' }

/** Changes settings. @throws SETTING_INVALID, RELAXED_SIMD_TOO_LATE @example configure({ hybridize: 'off' }) */
export function configure(changes: Partial<Settings>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in allowed)) throw unknownSetting(name, value, `one of ${Object.keys(allowed).join(', ')}`)
    const values: readonly string[] = allowed[name as keyof Settings] // checked on the line above
    if (!values.includes(value)) throw unknownSetting(name, value, values.map((each) => `'${each}'`).join(' or '))
  }
  if (changes.relaxedSimd === 'enable') enableRelaxedSimd()
  Object.assign(settings, changes)
}

export const currentSettings = (): Readonly<Settings> => settings

function configureFromEnvironment(): void {
  const environment = typeof process === 'object' ? process.env : {}
  const { GRYPH_HYBRIDIZE: hybridize, GRYPH_RELAXED_SIMD: relaxedSimd } = environment
  if (hybridize) configure({ hybridize: hybridize as Settings['hybridize'] }) // configure checks it
  if (relaxedSimd) configure({ relaxedSimd: relaxedSimd as Settings['relaxedSimd'] }) // configure checks it
}

configureFromEnvironment()
