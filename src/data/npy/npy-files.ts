import type { Tensor } from '../../frontend/tensor.ts'
import { fileName, type FilePath } from '../files/file-path.ts'
import { loadBytes } from '../files/load-bytes.ts'
import { saveBytes } from '../files/save-bytes.ts'
import { readNpy } from './read-npy.ts'
import { readNpz, type NpzOptions } from './read-npz.ts'
import { writeNpy } from './write-npy.ts'
import { writeNpz, type WriteNpzOptions } from './write-npz.ts'

/** Reads the npy file at `path`. @throws FILE_MISSING, FILE_UNREADABLE, and every error of `readNpy` */
export const loadNpyFile = async (path: FilePath): Promise<Tensor> =>
  readNpy(await loadBytes('loadNpyFile', path, 'readNpy'), fileName(path))

/** Writes a tensor to the npy file at `path`, whole or not at all. @throws FILE_UNWRITABLE, NPY_TENSOR_INVALID */
export const saveNpyFile = async (path: FilePath, tensor: Tensor): Promise<void> =>
  saveBytes('saveNpyFile', path, writeNpy(tensor), 'writeNpy')

/** Reads the npz file at `path`. @throws FILE_MISSING, FILE_UNREADABLE, and every error of `readNpz` */
export const loadNpzFile = async (path: FilePath, options?: NpzOptions): Promise<Record<string, Tensor>> =>
  readNpz(await loadBytes('loadNpzFile', path, 'readNpz'), fileName(path), options)

/** Writes tensors to the npz file at `path`, whole or not at all. @throws FILE_UNWRITABLE, and every error of `writeNpz` */
export const saveNpzFile = async (
  path: FilePath,
  tensors: Readonly<Record<string, Tensor>>,
  options?: WriteNpzOptions,
): Promise<void> => saveBytes('saveNpzFile', path, await writeNpz(tensors, options), 'writeNpz')
