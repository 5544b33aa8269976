import { layerInvalid, moduleListForward } from './errors.ts'
import { Module } from './module.ts'

/** Modules named by position: '0', '1', … It does not say what to compute: go over them in the `forward` of the module that has it. */
export class ModuleList<M extends Module = Module> extends Module {
  readonly items: readonly M[]

  /** @throws LAYER_INVALID */
  constructor(modules: Iterable<M>) {
    super()
    this.items = [...modules]
    this.items.forEach((module, position) => {
      if (!(module instanceof Module)) throw layerInvalid(position, module, 'moduleList')
    })
  }

  get length(): number {
    return this.items.length
  }

  /** The module at a position; negative ones count from the end. */
  at(position: number): M | undefined {
    return this.items.at(position)
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.items[Symbol.iterator]()
  }

  /** @throws MODULE_LIST_FORWARD always */
  forward(): never {
    throw moduleListForward()
  }

  protected override fields(): [string, unknown][] {
    return super
      .fields()
      .flatMap(([name, value]): [string, unknown][] =>
        value === this.items ? this.items.map((module, i) => [String(i), module]) : [[name, value]],
      )
  }
}

/** Modules in order, as one part of another. @throws LAYER_INVALID @example moduleList([linear(4, 4), linear(4, 4)]).length // 2 */
export const moduleList = <M extends Module>(modules: Iterable<M>): ModuleList<M> => new ModuleList(modules)
