import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { data, type Dtype, noGrad, tensor, type Tensor } from 'gryph'

/** Where large data sets lie: `.ci/run` sets it where there are any. */
const folder = process.env['GRYPH_DATA_DIR']
const file = folder === undefined ? undefined : join(folder, 'airfoil_self_noise.dat')

/** Why tests that need the data are left out; undefined where it is there. */
export const airfoilMissing =
  file === undefined
    ? 'GRYPH_DATA_DIR names no folder with airfoil_self_noise.dat'
    : existsSync(file)
      ? undefined
      : `${file} does not exist`

/** NASA's airfoil self-noise: five features and the label, each with mean 0 and deviation 1 over all rows; the first 1500 of them. */
export function airfoil(dtype: Dtype): { readonly x: Tensor; readonly y: Tensor } {
  const rows = readFileSync(file!, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t').map(Number))
  return noGrad(() => {
    const { values } = data.standardise(tensor(rows, { dtype: 'float64' }))
    const kept = values.cast(dtype)
    return {
      x: kept
        .slice([
          [0, 1500],
          [0, 5],
        ])
        .clone(),
      y: kept
        .slice([
          [0, 1500],
          [5, 6],
        ])
        .clone(),
    }
  })
}
