import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { loadSafetensorsFile, saveSafetensorsFile } from '../../../src/data/index.ts'
import { nn, tensor } from '../../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'gryph-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the state of a module goes through a file', async () => {
  const path = join(folder, 'net.safetensors')
  const net = nn.sequential(nn.linear(3, 2), nn.linear(2, 1))
  await saveSafetensorsFile(path, net.stateDict(), { metadata: { epoch: '7' } })
  const { tensors, metadata } = await loadSafetensorsFile(pathToFileURL(path))
  const other = nn.sequential(nn.linear(3, 2), nn.linear(2, 1))
  other.loadStateDict(tensors)
  expect(JSON.stringify(other.stateDict())).toBe(JSON.stringify(net.stateDict()))
  expect({ ...metadata }).toEqual({ epoch: '7' })
})

test('a file is replaced as a whole, and nothing else is left in the folder', async () => {
  const path = join(folder, 'replaced.safetensors')
  writeFileSync(path, 'something else')
  await saveSafetensorsFile(pathToFileURL(path), { a: tensor([1]) })
  expect((await loadSafetensorsFile(path)).tensors['a']!.item()).toBe(1)
  expect(readdirSync(folder).filter((name) => name.startsWith('replaced'))).toEqual(['replaced.safetensors'])
})

test('what cannot be written leaves the file that was there', async () => {
  const path = join(folder, 'kept.safetensors')
  await saveSafetensorsFile(path, { a: tensor([1]) })
  const before = readFileSync(path)
  await expect(saveSafetensorsFile(path, { a: 'text' as never })).rejects.toMatchObject({ code: 'TENSORS_INVALID' })
  expect(readFileSync(path)).toEqual(before)
})

test('a folder is not a file', async () => {
  await expect(saveSafetensorsFile(folder, {})).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: `[saveSafetensorsFile] ${folder} cannot be written (EISDIR). Check the path, its permissions and the room on the disk; what was there before is unchanged.`,
  })
  await expect(loadSafetensorsFile(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(folder.slice(tmpdir().length + 1)))).toHaveLength(1)
})

test('a missing file or folder is named', async () => {
  await expect(loadSafetensorsFile('no/such.safetensors')).rejects.toMatchObject({
    code: 'FILE_MISSING',
    message: '[loadSafetensorsFile] there is no file no/such.safetensors. Check the path.',
  })
  await expect(saveSafetensorsFile(join(folder, 'no', 'x'), {})).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})
