import { Tensor } from '../frontend/tensor.ts'
import { layerInvalid, layerTakesTensor } from './errors.ts'
import { Module, type Layer } from './module.ts'

/** Layers one after another, named by position: '0', '1', … */
export class Sequential<L extends readonly Layer[] = readonly Layer[]> extends Module {
  readonly layers: L

  /** @throws LAYER_INVALID */
  constructor(...layers: L) {
    super()
    layers.forEach((layer, position) => {
      if (!(layer instanceof Module)) throw layerInvalid(position, layer)
    })
    this.layers = layers
  }

  /** @throws LAYER_INVALID where a layer is given something else than a tensor and cannot take it */
  forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer, position) => {
      if (value instanceof Tensor) return layer.forward(value)
      try {
        return layer.forward(value) // a module of one's own may take other things, whatever its type says
      } catch (error) {
        throw error instanceof TypeError ? layerTakesTensor(position, layer.constructor.name, value) : error
      }
    }, x)
  }

  protected override fields(): [string, unknown][] {
    return super
      .fields()
      .flatMap(([name, value]): [string, unknown][] =>
        value === this.layers ? this.layers.map((layer, i) => [String(i), layer]) : [[name, value]],
      )
  }
}

/** Layers one after another. @example sequential(linear(784, 256), relu(), linear(256, 10)).forward(x) */
export const sequential = <L extends readonly Layer[]>(...layers: L): Sequential<L> => new Sequential(...layers)
