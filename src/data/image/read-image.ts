import type { Tensor } from '../../frontend/tensor.ts'
import { bytesExpected } from '../files/errors.ts'
import { fileName, type FilePath } from '../files/file-path.ts'
import { loadBytes } from '../files/load-bytes.ts'
import { imageBadMagic } from './errors.ts'
import { isPng, readPng } from './read-png.ts'
import { isPnm, readPnm } from './read-pnm.ts'

/**
 * Reads an image: PNG (gray, gray and alpha, RGB, RGBA with 8 bits per channel, not interlaced), PGM or PPM; its first bytes say which.
 *
 * @param bytes the whole file
 * @param name what error messages call it
 * @returns [height, width, channels], uint8 from 0 to 255; int32 from 0 to 65535 for PGM and PPM with two bytes per value
 * @throws GryphError `IMAGE_…`: then nothing is read
 */
export async function readImage(bytes: Uint8Array, name: string): Promise<Tensor> {
  if (!(bytes instanceof Uint8Array)) throw bytesExpected('readImage', name, bytes)
  if (isPng(bytes)) return readPng(bytes, name)
  if (isPnm(bytes)) return readPnm(bytes, name)
  throw imageBadMagic(name)
}

/** Reads the image in the file at `path`. @throws FILE_MISSING, FILE_UNREADABLE, and every error of `readImage` */
export const loadImageFile = async (path: FilePath): Promise<Tensor> =>
  readImage(await loadBytes('loadImageFile', path, 'readImage'), fileName(path))
