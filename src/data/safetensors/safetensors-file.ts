import type { Tensor } from '../../frontend/tensor.ts'
import { fileName, type FilePath } from '../files/file-path.ts'
import { loadBytes } from '../files/load-bytes.ts'
import { saveBytes } from '../files/save-bytes.ts'
import { readSafetensors, type Safetensors } from './read-safetensors.ts'
import { writeSafetensors, type SafetensorsOptions } from './write-safetensors.ts'

/** Reads the safetensors file at `path`. @throws FILE_MISSING, FILE_UNREADABLE, and every error of `readSafetensors` */
export const loadSafetensorsFile = async (path: FilePath): Promise<Safetensors> =>
  readSafetensors(await loadBytes('loadSafetensorsFile', path, 'readSafetensors'), fileName(path))

/**
 * Writes tensors to the safetensors file at `path`, whole or not at all: a crash leaves the file that was there.
 *
 * @throws FILE_UNWRITABLE, and every error of `writeSafetensors`
 */
export const saveSafetensorsFile = async (
  path: FilePath,
  tensors: Readonly<Record<string, Tensor>>,
  options?: SafetensorsOptions,
): Promise<void> => saveBytes('saveSafetensorsFile', path, writeSafetensors(tensors, options), 'writeSafetensors')
