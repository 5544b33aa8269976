/** Every example of the gallery, in its order: `examples/<name>.ts` or `examples/<name>/main.ts`. */
export const exampleNames: readonly string[] = [
  'local-minima',
  'saddle-points',
  'vanishing-gradient',
  'gradient-descent',
  'gradient-descent-2d',
  'newton',
  'ill-conditioned',
  'momentum',
  'ada-grad',
  'rms-prop',
  'optimizers-compared',
  'moving-average',
  'optimizers-on-data',
  'fancy-func',
  'hybridize-mlp',
]
