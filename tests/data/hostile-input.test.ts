import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readIdx, readImage, readNpy, readNpz, readSafetensors } from '../../src/data/index.ts'
import { idxBytes } from './idx-bytes.ts'
import { readMutations, readTruncations } from './mutations.ts'
import { pillowFile } from './image/pillow-files.ts'
import { numpyFile } from './npy/numpy-files.ts'
import { publishedFile } from './safetensors/published-file.ts'

interface Sample {
  readonly bytes: Uint8Array
  readonly read: (bytes: Uint8Array) => unknown
  readonly codes: RegExp
}

const idx = idxBytes(
  0x0d,
  [4, 5],
  Array.from({ length: 20 }, (_, i) => i / 3),
)

const samples: Readonly<Record<string, Sample>> = {
  IDX: { bytes: idx, read: (bytes) => readIdx(bytes, 'x'), codes: /^IDX_/ },
  'gzipped IDX': { bytes: gzipSync(idx), read: (bytes) => readIdx(bytes, 'x'), codes: /^IDX_/ },
  safetensors: {
    bytes: publishedFile,
    read: (bytes) => readSafetensors(bytes, 'x'),
    codes: /^(SAFETENSORS|ELEMENT)_/,
  },
  npy: { bytes: numpyFile('fortran'), read: (bytes) => readNpy(bytes, 'x'), codes: /^(NPY|ELEMENT)_/ },
  'stored npz': {
    bytes: numpyFile('stored'),
    read: (bytes) => readNpz(bytes, 'x'),
    codes: /^(ZIP|NPY|ELEMENT)_/,
  },
  PNG: {
    bytes: pillowFile('rgb'),
    read: (bytes) => readImage(bytes, 'x'),
    codes: /^IMAGE_/,
  },
  PPM: {
    bytes: Buffer.from('P6 2 2 255 abcdefghijkl'),
    read: (bytes) => readImage(bytes, 'x'),
    codes: /^IMAGE_/,
  },
  'deflated npz': {
    bytes: numpyFile('deflated'),
    read: (bytes) => readNpz(bytes, 'x'),
    codes: /^(ZIP|NPY|ELEMENT)_/,
  },
}

test.each(Object.entries(samples))('%s cut at any byte is refused with a coded error', async (_, sample) => {
  for (const code of await readTruncations(sample.bytes, sample.read)) expect(code).toMatch(sample.codes)
})

test.each(Object.entries(samples))('damaged %s is read or refused with a coded error', async (_, sample) => {
  const codes = await readMutations(sample.bytes, sample.read)
  expect(codes.size).toBeGreaterThan(2)
  for (const code of codes) if (code !== 'read') expect(code).toMatch(sample.codes)
})
