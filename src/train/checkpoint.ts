import { generatorWords } from '../frontend/random.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { loadBytes } from '../data/files/load-bytes.ts'
import { makeFolderOf } from '../data/files/make-folder-of.ts'
import type { Callback, Run } from './callback.ts'
import { checkpointsInTheWay, nothingToSave, pathInvalid } from './checkpoint-errors.ts'
import { decodeCheckpoint, partOf, readCheckpoint, writeCheckpoint } from './checkpoint-file.ts'
import { numberInvalid, shown } from './errors.ts'
import { History } from './history.ts'
import { NumberedFiles } from './numbered-files.ts'
import type { RunState } from './run-state.ts'
import { checkStateful, isStateful, loadAll, type Parts, type Stateful } from './stateful.ts'

/** What a checkpoint keeps besides the position, the history, the random generator and the state of callbacks. */
export interface CheckpointParts {
  readonly module?: Stateful
  readonly optimizer?: Stateful
  readonly schedule?: Stateful
  /** Default: the loader of `fit`, where it has state. Others are gone through again up to the batch where training goes on. */
  readonly loader?: Stateful
  /** Anything else that has state, by name. */
  readonly more?: Parts
}

/** Options of `checkpoint`. */
export interface CheckpointOptions extends CheckpointParts {
  /** Where to write; folders are made. A file is replaced whole, so that there is a good one at any time. */
  readonly path: string
  /** Default 1 where there is no `everySteps`. */
  readonly everyEpochs?: number
  readonly everySteps?: number
  /** How many to keep. More than 1 have the step in their names: `run-250.safetensors`. Default 1. */
  readonly keep?: number
  /** Whether `fit` goes on where the newest checkpoint is, if there is one. Default false. */
  readonly resume?: boolean
}

const partNames: readonly (keyof CheckpointParts)[] = ['module', 'optimizer', 'schedule', 'loader', 'more']
const optionNames: readonly (keyof CheckpointOptions)[] = [
  'path',
  ...partNames,
  'everyEpochs',
  'everySteps',
  'keep',
  'resume',
]

/** Saves a training, and has it go on from there. */
export class Checkpoint implements Callback {
  readonly #path: string
  readonly #parts: Parts
  readonly #everyEpochs: number
  readonly #everySteps: number
  readonly #keep: number
  readonly #resume: boolean
  readonly #numbered: NumberedFiles | undefined
  /** Steps of the files of this training. */
  #files: number[] = []
  #savedStep = -1
  #savedBetween = false

  /** @throws OPTION_INVALID, NOT_STATEFUL, NUMBER_INVALID */
  constructor(options: CheckpointOptions) {
    checkOptions('checkpoint', options, optionNames, true)
    const { path, everyEpochs, everySteps, keep = 1, resume = false } = options
    if (typeof path !== 'string' || path === '') throw pathInvalid('checkpoint', shown(path))
    for (const [name, value] of [
      ['everyEpochs', everyEpochs],
      ['everySteps', everySteps],
    ] as const)
      if (value !== undefined && !isCount(value))
        throw numberInvalid('checkpoint', name, value, 'a whole number of at least 1')
    if (keep !== Infinity && !isCount(keep))
      throw numberInvalid('checkpoint', 'keep', keep, 'a whole number of at least 1, or Infinity')
    this.#path = path
    this.#parts = partsOf('checkpoint', options)
    if (Object.keys(this.#parts).length === 0) throw nothingToSave()
    this.#everyEpochs = everyEpochs ?? (everySteps === undefined ? 1 : Infinity)
    this.#everySteps = everySteps ?? Infinity
    this.#keep = keep
    this.#resume = resume
    this.#numbered = keep > 1 ? new NumberedFiles(path) : undefined
  }

  /** The file that was written last. */
  get latest(): string | undefined {
    return this.#savedStep < 0 ? undefined : this.#pathOf(this.#savedStep)
  }

  async onRestore(run: Run): Promise<void> {
    const steps = (await this.#numbered?.steps()) ?? []
    this.#savedStep = -1
    this.#files = []
    if (!this.#resume) {
      if (steps.length > 0) throw checkpointsInTheWay(this.#numbered!.pattern, steps)
      return
    }
    const newest = steps.at(-1)
    const path = newest === undefined ? this.#path : this.#pathOf(newest)
    if (!(await exists(path))) return
    this.#files = steps
    const saved = await readCheckpoint(path)
    const parts = this.#partsOf(run)
    const loads = Object.entries(parts).map(([name, part]) => ({ part, dict: partOf(saved, name, path) }))
    // Callbacks may come and go between two trainings.
    for (const [name, part] of Object.entries(callbackParts(run))) {
      const dict = saved.parts.get(name)
      if (dict) loads.push({ part, dict })
    }
    loadAll(loads)
    generatorWords(saved.random)
    const state = run as RunState // fit makes no other
    state.moveTo(saved.position)
    state.hasLoaderPosition = parts['loader'] !== undefined
    this.#savedStep = state.step
    this.#savedBetween = saved.position.epochRandom === undefined
  }

  /** A folder that cannot be made is told of before the first step, not after an epoch. */
  onBegin(): Promise<void> {
    return makeFolderOf('checkpoint', this.#path)
  }

  onSettled(run: Run, at: 'step' | 'epoch'): Promise<void> | void {
    const isDue = at === 'step' ? run.step % this.#everySteps === 0 : (run.epoch - 1) % this.#everyEpochs === 0
    if (isDue) return this.#save(run)
  }

  async onEnd(run: Run): Promise<void> {
    const isBetween = (run as RunState).epochRandom === undefined // fit makes no other
    if (run.step !== this.#savedStep || isBetween !== this.#savedBetween) await this.#save(run)
  }

  async #save(run: Run): Promise<void> {
    const state = run as RunState // fit makes no other
    const { step } = state
    const position = state.position(performance.now())
    await writeCheckpoint(this.#pathOf(step), position, { ...this.#partsOf(run), ...callbackParts(run) })
    this.#savedStep = step
    this.#savedBetween = position.epochRandom === undefined
    if (!this.#numbered) return
    if (this.#files.at(-1) !== step) this.#files.push(step)
    while (this.#files.length > this.#keep) await this.#numbered.remove(this.#files.shift()!)
  }

  #partsOf({ loader }: Run): Parts {
    return 'loader' in this.#parts || !isStateful(loader) ? this.#parts : { ...this.#parts, loader }
  }

  #pathOf(step: number): string {
    return this.#numbered?.pathOf(step) ?? this.#path
  }
}

/**
 * Saves a training every so often, when it ends, and when SIGINT stops it; with `resume`, goes on from there with the same bits, in either
 * mode.
 *
 * @throws OPTION_INVALID, NOT_STATEFUL, NUMBER_INVALID
 * @example train.checkpoint({ path: 'run.safetensors', module: net, optimizer, resume: true })
 */
export const checkpoint = (options: CheckpointOptions): Checkpoint => new Checkpoint(options)

/**
 * Puts parts of a saved training in place, all or none: a module to predict with, for instance.
 *
 * @returns the history of the training
 * @throws FILE_MISSING, FILE_UNREADABLE, CHECKPOINT_CORRUPT, CHECKPOINT_INVALID, CHECKPOINT_MISMATCH, STATE_DICT_MISMATCH
 * @example await train.loadCheckpoint('run.safetensors', { module: net })
 */
export async function loadCheckpoint(path: string, parts: CheckpointParts): Promise<History> {
  checkOptions('loadCheckpoint', parts, partNames, true)
  const found = partsOf('loadCheckpoint', parts)
  const saved = decodeCheckpoint(await loadBytes('loadCheckpoint', path, 'data.readSafetensors'), path)
  loadAll(Object.entries(found).map(([name, part]) => ({ part, dict: partOf(saved, name, path) })))
  return new History(saved.position.epochs, saved.position.step)
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1

function partsOf(where: string, { more = {}, ...options }: CheckpointParts): Parts {
  const named = partNames.flatMap((name): [string, unknown][] => {
    const part = (options as Readonly<Record<string, unknown>>)[name]
    return part === undefined ? [] : [[name, part]]
  })
  return Object.fromEntries(
    [...named, ...Object.entries(more)].map(([name, part]) => [name, checkStateful(where, name, part)]),
  )
}

/** Callbacks with state, by name; a second one of a name has its number. */
function callbackParts({ callbacks }: Run): Parts {
  const parts: Record<string, Stateful> = {}
  for (const callback of callbacks) {
    if (!callback.stateDict || !callback.loadStateDict) continue
    const name = `callback ${callback.name ?? callback.constructor.name}`
    let free = name
    for (let i = 2; free in parts; i++) free = `${name} ${i}`
    parts[free] = callback as Stateful // the lines above
  }
  return parts
}

async function exists(path: string): Promise<boolean> {
  const { access } = await import('node:fs/promises').catch(() => ({ access: undefined }))
  if (!access) return true // reading it tells why there are no files
  return access(path).then(
    () => true,
    (error: unknown) => (error as { code?: unknown }).code !== 'ENOENT',
  )
}
