import type { TableName } from './table.ts'

/** What was computed by other means, in float64. */
export interface Expected {
  /** Of the best parameters, and of zeros. */
  readonly optimum: number
  readonly zero: number
  /** Gradient descent over all rows, η = 1, from zeros: epochs 1 to 6. */
  readonly fullBatch: readonly string[]
  /** By optimizer. From zeros, rows in the order of the file, two epochs of batches of ten. */
  readonly fileOrder: Readonly<Record<string, string>>
  /** Shuffled, from N(0, 0.01²): bands that hold 98 % of 300 seeds. */
  readonly bands: Readonly<Record<string, readonly [number, number]>>
}

export const expected: Readonly<Record<TableName, Expected>> = {
  airfoil: {
    optimum: 0.24168795509193775,
    zero: 0.4932589719270366,
    fullBatch: ['0.27571015', '0.25031220', '0.24649352', '0.24549795', '0.24513157', '0.24507815'],
    fileOrder: {
      sgd: '0.281723618',
      momentum: '0.282706224',
      'ada-grad': '0.246748690',
      'rms-prop': '0.254141927',
    },
    bands: {
      sgd: [0.24213, 0.2538],
      momentum: [0.2422, 0.25033],
      'momentum-0.9': [0.2439, 0.3076],
      'ada-grad': [0.24192, 0.24577],
      'rms-prop': [0.24199, 0.2502],
      'ada-delta': [0.24204, 0.24745],
      adam: [0.2421, 0.25048],
    },
  },
  'made-up': {
    optimum: 0.1003535857990842,
    zero: 0.5004743091500419,
    fullBatch: ['0.23695055', '0.26904405', '0.30934466', '0.35933748', '0.42134537', '0.49825013'],
    fileOrder: {
      sgd: '0.126572462',
      momentum: '0.111154405',
      'ada-grad': '0.104770578',
      'rms-prop': '0.110522056',
    },
    bands: {},
  },
}
