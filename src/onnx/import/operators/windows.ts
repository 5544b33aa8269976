import type { NodeCall } from '../node-call.ts'

/** How the windows of a convolution or a pooling lie, along each spatial axis. */
export interface Windows {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** What the attributes say of `spatial` axes. */
export function windowsOf(call: NodeCall, spatial: readonly number[], kernel: readonly number[]): Windows {
  const rank = spatial.length
  const list = (name: string, count: number, least: number, fallback: number): readonly number[] => {
    const given = call.ints(name)
    if (given === undefined || given.length === 0) return Array.from({ length: count }, () => fallback)
    if (given.length !== count || given.some((size) => size < least || size > 2 ** 24))
      throw call.failed(`the attribute '${name}' is [${given.join(', ')}] for ${rank} spatial axes`)
    return given
  }
  if (kernel.length !== rank || kernel.some((size) => size < 1))
    throw call.failed(`the window is [${kernel.join(', ')}] for ${rank} spatial axes`)
  const strides = list('strides', rank, 1, 1)
  const dilations = list('dilations', rank, 1, 1)
  const auto = call.string('auto_pad', 'NOTSET')
  if (auto === 'NOTSET') {
    const pads = list('pads', 2 * rank, 0, 0)
    return { kernel, strides, dilations, before: pads.slice(0, rank), after: pads.slice(rank) }
  }
  const total = spatial.map((size, i) => {
    if (auto === 'VALID') return 0
    if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') throw call.failed(`there is no auto_pad ${auto}`)
    const reach = (kernel[i]! - 1) * dilations[i]! + 1
    return Math.max((Math.ceil(size / strides[i]!) - 1) * strides[i]! + reach - size, 0)
  })
  const smaller = total.map((width) => Math.floor(width / 2))
  const larger = total.map((width, i) => width - smaller[i]!)
  const [before, after] = auto === 'SAME_LOWER' ? [larger, smaller] : [smaller, larger]
  return { kernel, strides, dilations, before, after }
}
