import { describe, expect, test } from 'vitest'
import { debug, gather, hybridize, matmul, ones, randn, tensor, variable, type Tensor } from '../../../src/index.ts'
import { sharedSizes, type Fast } from './sizes.ts'

const sum = (x: Tensor): Tensor => x.mul(2).sum(0)
const call = (fast: (x: Tensor) => unknown, ...sizes: readonly number[]): void =>
  sizes.forEach((n) => void fast(randn([n, 2])))

describe('Sizes share a program', () => {
  test('from the third size on; the first two keep theirs', () => {
    const fast = hybridize(sum)
    call(fast, 8, 6)
    expect(fast.explain().specialisations.map(({ dynamic }) => dynamic)).toEqual([undefined, undefined])
    call(fast, 7, 5, 8, 6, 7, 5, 4)
    expect(fast.stats).toMatchObject({ traces: 5, compiles: 3, compiledCalls: 4 })
    expect(fast.explain().specialisations.map(({ dynamic }) => dynamic?.sizes)).toEqual([
      [4, 5, 7],
      undefined,
      undefined,
    ])
  })

  test('from the second size on of axes that are listed; others have programs of their own', () => {
    const fast = hybridize((x: Tensor) => x.sum(0), { dynamicAxes: { 0: [0] } })
    call(fast, 8, 6, 7, 5)
    expect(fast.stats).toMatchObject({ traces: 4, compiles: 2 })
    for (const columns of [3, 4, 5]) fast(randn([8, columns]))
    expect(fast.stats).toMatchObject({ traces: 7, compiles: 5 })
  })

  test('not where dynamicAxes is false', () => {
    const fast = hybridize(sum, { dynamicAxes: false })
    call(fast, 8, 7, 6, 5)
    expect(fast.stats).toMatchObject({ traces: 4, compiles: 4 })
  })

  test('of up to a power of two, of which they fill more than a quarter', () => {
    const fast = hybridize(sum, { dynamicAxes: { 0: [0] } })
    call(fast, 100, 90, 33, 32, 20, 128, 129)
    const programs = fast.explain().specialisations.flatMap(({ dynamic }) => (dynamic ? [dynamic] : []))
    expect(programs.toSorted((a, b) => a.capacity - b.capacity)).toMatchObject([
      { capacity: 32, sizes: [20, 32] },
      { capacity: 128, sizes: [33, 90, 128] },
      { capacity: 256, sizes: [129] },
    ])
  })

  test('as explain tells', () => {
    const fast = hybridize(sum, { dynamicAxes: { 0: [0] } })
    call(fast, 8, 6, 7)
    const { specialisations } = fast.explain()
    expect(specialisations[0]).toMatchObject({
      dynamic: { axes: ['axis 0 of argument 0'], capacity: 8, sizes: [6, 7], masks: 1 },
      calls: 2,
    })
    expect(String(fast.explain())).toContain(
      'dynamic: axis 0 of argument 0 of up to 8, 2 sizes so far (6, 7), 1 operand masked',
    )
  })

  // Products of [n, 600] and [600, 600]: 0.024 ms for each row beyond the size, as it is estimated.
  const weights = randn([600, 600])
  const product = (x: Tensor): Tensor => matmul(x, weights)
  const wide = (fast: (x: Tensor) => unknown, ...sizes: readonly number[]): void =>
    sizes.forEach((n) => void fast(randn([n, 600])))

  test('until one of them has lost more than compiling takes: then it has a program of its own', () => {
    const fast = hybridize(product)
    wide(fast, 128, 100, 60, 90)
    expect(fast.stats.compiles).toBe(4)
    wide(fast, ...Array.from({ length: 70 }, () => 90))
    expect(fast.stats).toMatchObject({ traces: 4, compiles: 5 })
    expect(sharedSizes(fast as Fast)).toEqual([60])
  })

  test('of half the capacity, where that is enough and axes are listed', () => {
    const fast = hybridize(product, { dynamicAxes: { 0: [0] } })
    wide(fast, 128, 100, 50, 40)
    expect(fast.stats.compiles).toBe(2)
    wide(fast, ...Array.from({ length: 80 }, (_, i) => (i % 2 ? 40 : 50)))
    const programs = fast.explain().specialisations.flatMap(({ dynamic }) => (dynamic ? [dynamic] : []))
    expect(programs.toSorted((a, b) => a.capacity - b.capacity)).toMatchObject([
      { capacity: 64, sizes: [40, 50] },
      { capacity: 128, sizes: [100] },
    ])
    expect(fast.stats).toMatchObject({ traces: 4, compiles: 3 })
  })

  test('unless a single call would lose much', () => {
    const fast = hybridize(product)
    wide(fast, 2048, 1100, 1200, 1900)
    expect(fast.explain().specialisations.map(({ notDynamic }) => notDynamic)).toEqual([
      undefined,
      'rows up to 2048 would take about 20 ms more',
      undefined,
      undefined,
    ])
  })

  test.each([true, 'always', [0], { x: [0] }, { 0: 0 }, { 0: [-1] }, null])(
    '%j is no value of dynamicAxes',
    (value) => {
      const dynamicAxes = value as 'auto' // wrong on purpose
      expect(() => hybridize(sum, { dynamicAxes })).toThrow('dynamicAxes')
    },
  )

  test('and count as one of maxSpecialisations together', () => {
    const fast = hybridize(sum, { maxSpecialisations: 3 })
    call(fast, 60, 50, ...Array.from({ length: 30 }, (_, i) => 33 + i))
    expect(fast.stats).toMatchObject({ traces: 30, compiles: 3, refusedCalls: 0, droppedSpecialisations: 0 })
  })

  test('also where there were as many as there may be before a third one came', () => {
    const fast = hybridize(sum, { maxSpecialisations: 2 })
    call(fast, 60, 50, 40, 41, 42, 43)
    expect(fast.stats).toMatchObject({ traces: 6, compiles: 3, refusedCalls: 0, droppedSpecialisations: 1 })
  })

  test('with errors that say what eager ones say', () => {
    const table = variable([1, 2, 3])
    const fast = hybridize((i: Tensor) => gather(table, i), { dynamicAxes: { 0: [0] } })
    const indices = (n: number, last: number): Tensor =>
      tensor([...Array<number>(n - 1).fill(0), last], { dtype: 'int32' })
    for (const n of [6, 8, 7]) expect(fast(indices(n, 2)).toArray()).toHaveLength(n)
    expect(() => fast(indices(7, 3))).toThrow('[gather] index 3 is out of range for axis 0 of size 3')
    expect(sharedSizes(fast as unknown as Fast)).toEqual([7, 8])
  })

  test('and print what eager calls print', () => {
    const lines: string[] = []
    const log = console.log
    console.log = (line: string) => void lines.push(line)
    try {
      const fast = hybridize((x: Tensor) => debug.print('x', x.mul(2)), { dynamicAxes: { 0: [0] } })
      for (const n of [2, 4, 3, 3]) fast(ones([n]))
    } finally {
      console.log = log
    }
    expect(lines.map((line) => line.match(/float32\[\d+\]|\[2(, 2)*\]/)?.[0])).toHaveLength(4)
    expect(lines[3]).toBe(lines[2])
  })

  test('of functions with tensors from outside, where these are what they were', () => {
    const table = variable([1, 2])
    let row = table.slice([0])
    const fast = hybridize((x: Tensor) => x.add(row), { dynamicAxes: { 0: [0] } })
    for (const n of [6, 8, 7]) fast(ones([n]))
    expect(sharedSizes(fast as Fast)).toEqual([7, 8])
    table.assign(tensor([5, 2]))
    row = table.slice([0])
    expect(fast(ones([5])).toArray()).toEqual([6, 6, 6, 6, 6])
    expect(fast.stats.compiles).toBe(3)
  })

  test('of functions with variables that change between the calls', () => {
    const total = variable([0, 0])
    const fast = hybridize((x: Tensor) => void total.add_(x.sum(0)), { dynamicAxes: { 0: [0] } })
    for (const n of [2, 4, 3, 1, 3]) fast(ones([n, 2]))
    expect(total.toArray()).toEqual([13, 13])
    total.assign(tensor([1, 2]))
    fast(ones([3, 2]))
    expect(total.toArray()).toEqual([4, 5])
  })
})
