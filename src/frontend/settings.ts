import { mostThreads } from '../plan/control-block.ts'
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

const settings: Settings = { hybridize: 'on', relaxedSimd: 'default', threads: 1 }

/** Changes settings. @throws SETTING_INVALID, RELAXED_SIMD_TOO_LATE @example configure({ hybridize: 'off' }) */
export function configure(changes: Partial<Settings>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in allowed)) throw unknownSetting(name, value, `one of ${Object.keys(allowed).join(', ')}`)
    const setting = allowed[name as keyof Settings] // checked on the line above
    if (!setting.accepts(value)) throw unknownSetting(name, value, setting.text)
  }
  if (changes.relaxedSimd === 'enable') enableRelaxedSimd()
  Object.assign(settings, changes)
}

export const currentSettings = (): Readonly<Settings> => settings

function configureFromEnvironment(): void {
  const environment = typeof process === 'object' ? process.env : {}
  const { GRYPH_HYBRIDIZE: hybridize, GRYPH_RELAXED_SIMD: relaxedSimd, GRYPH_THREADS: threads } = environment
  if (hybridize) configure({ hybridize: hybridize as Settings['hybridize'] }) // configure checks it
  if (relaxedSimd) configure({ relaxedSimd: relaxedSimd as Settings['relaxedSimd'] }) // configure checks it
  if (threads) configure({ threads: threads === 'auto' ? threads : Number(threads) })
}

configureFromEnvironment()
