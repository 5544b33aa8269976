import { fileName, type FilePath } from '../data/files/file-path.ts'
import { loadBytes } from '../data/files/load-bytes.ts'
import { saveBytes } from '../data/files/save-bytes.ts'
import { readSafetensors } from '../data/safetensors/read-safetensors.ts'
import { writeSafetensors } from '../data/safetensors/write-safetensors.ts'
import { generatorWords } from '../frontend/random.ts'
import type { Tensor } from '../frontend/tensor.ts'
import { checkpointCorrupt, notACheckpoint, partMissing } from './checkpoint-errors.ts'
import { crc32c } from './crc32c.ts'
import type { Position } from './run-state.ts'
import { splitState, type Parts } from './stateful.ts'

/** What a checkpoint holds. */
export interface SavedTraining {
  readonly position: Position
  /** Of the random generator. */
  readonly random: readonly number[]
  readonly parts: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

const formatName = 'gryph-checkpoint-1'

/** The bytes of a checkpoint: a safetensors file whose tensors are named `part/name`, with the rest as JSON in its metadata. */
export function encodeCheckpoint(position: Position, parts: Parts): Uint8Array {
  const tensors: [string, Tensor][] = []
  const values: Record<string, Record<string, unknown>> = {}
  for (const [part, stateful] of Object.entries(parts)) {
    const split = splitState(stateful.stateDict())
    values[part] = split.values
    for (const [name, tensor] of Object.entries(split.tensors)) tensors.push([`${part}/${name}`, tensor])
  }
  const byName = Object.fromEntries(tensors)
  const training = toJson({ position, random: generatorWords(), values })
  const checksum = String(checksumOf(training, byName))
  return writeSafetensors(byName, { metadata: { format: formatName, training, checksum } })
}

/** @throws CHECKPOINT_CORRUPT, CHECKPOINT_INVALID */
export function decodeCheckpoint(bytes: Uint8Array, name: string): SavedTraining {
  const { tensors, metadata } = readable(bytes, name)
  const { format, training, checksum } = metadata
  if (format !== formatName || training === undefined) throw notACheckpoint(name, format)
  const actual = String(checksumOf(training, tensors))
  if (checksum !== actual)
    throw checkpointCorrupt(name, `its checksum is ${checksum}, and that of its content ${actual}`)
  const { position, random, values } = fromJson(training) as {
    position: Position
    random: number[]
    values: Record<string, Record<string, unknown>>
  } // the checksum says that it is what was written
  const parts = new Map(Object.entries(values))
  for (const [path, tensor] of Object.entries(tensors)) {
    const end = path.indexOf('/')
    parts.get(path.slice(0, end))![path.slice(end + 1)] = tensor
  }
  return { position, random, parts }
}

export async function writeCheckpoint(path: FilePath, position: Position, parts: Parts): Promise<void> {
  await saveBytes('checkpoint', path, encodeCheckpoint(position, parts), 'train.encodeCheckpoint')
}

/** @throws FILE_MISSING, FILE_UNREADABLE, CHECKPOINT_CORRUPT, CHECKPOINT_INVALID */
export const readCheckpoint = async (path: FilePath): Promise<SavedTraining> =>
  decodeCheckpoint(await loadBytes('checkpoint', path, 'train.decodeCheckpoint'), fileName(path))

/** The state of a part. @throws CHECKPOINT_MISMATCH */
export function partOf({ parts }: SavedTraining, name: string, file: string): Readonly<Record<string, unknown>> {
  const found = parts.get(name)
  if (!found) throw partMissing(file, name, [...parts.keys()])
  return found
}

function readable(bytes: Uint8Array, name: string): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes, name)
  } catch (cause) {
    throw checkpointCorrupt(name, cause)
  }
}

function checksumOf(training: string, tensors: Readonly<Record<string, Tensor>>): number {
  const encoder = new TextEncoder()
  let checksum = crc32c(encoder.encode(training))
  for (const name of Object.keys(tensors).toSorted()) {
    const tensor = tensors[name]!
    checksum = crc32c(encoder.encode(`${name} ${tensor.dtype} ${tensor.shape.join()}`), checksum)
    const { buffer, byteOffset, byteLength } = tensor.data()
    checksum = crc32c(new Uint8Array(buffer, byteOffset, byteLength), checksum)
  }
  return checksum
}

const notInJson = '$number'

/** Numbers that JSON has no word for come back as they were. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'number' && (!Number.isFinite(each) || Object.is(each, -0))
      ? { [notInJson]: Object.is(each, -0) ? '-0' : String(each) }
      : each,
  )

const fromJson = (text: string): unknown =>
  JSON.parse(text, (_, each: unknown) =>
    typeof each === 'object' && each !== null && notInJson in each ? Number(each[notInJson]) : each,
  )
