import { context } from '../frontend/context.ts'
import { noteEnumeration } from '../frontend/guards/recording-watch.ts'
import { registerForGuards } from '../frontend/guards/registry.ts'
import { hybridize, type Hybridized } from '../frontend/hybridize/hybridize.ts'
import type { HybridizeOptions } from '../frontend/hybridize/options.ts'
import { Tensor } from '../frontend/tensor.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { modeChangedInTrace } from './errors.ts'
import { copyState, loadState, type LoadResult, type StateDict } from './state-dict.ts'

/**
 * A layer, or a network of layers. Its fields are its structure: a `parameter` is trained, a `buffer` is kept state, a module is a part,
 * and an array may hold any of these. They are found in the order of their definition; private `#fields` are not seen.
 *
 * @example
 * class Net extends nn.Module {
 *   readonly hidden = nn.linear(784, 256)
 *   readonly output = nn.linear(256, 10)
 *   forward(x: Tensor): Tensor { return this.output.forward(this.hidden.forward(x).relu()) }
 * }
 */
export abstract class Module {
  #training = true
  #eagerForward: ((...inputs: never[]) => unknown) | undefined

  constructor() {
    registerForGuards(this)
  }

  /** What the module computes. */
  abstract forward(...inputs: never[]): unknown

  /** Whether layers such as dropout act as in training. A hybridized function that read it has one program for each mode. */
  get training(): boolean {
    const mode = this.#training
    const { name } = this.constructor
    context.recorder?.guard(
      `${name} is in ${modeName(mode)}`,
      () => this.#training === mode,
      this,
      () => ({ kind: 'mode', subject: name, was: modeName(mode), now: modeName(this.#training) }),
    )
    return mode
  }

  /** Sets the mode of this module and all its parts. @throws MODE_CHANGED_IN_TRACE inside a hybridized function */
  train(mode = true): this {
    const changed = this.modules().filter((module) => module.#training !== mode)
    if (changed.length > 0 && context.recorder) throw modeChangedInTrace(context.recorder.functionName, mode)
    for (const module of changed) module.#training = mode
    return this
  }

  /** Sets evaluation mode. @throws MODE_CHANGED_IN_TRACE inside a hybridized function */
  eval(): this {
    return this.train(false)
  }

  /** The modules directly in this one, by name. */
  namedChildren(): [string, Module][] {
    return this.#parts().flatMap(([name, part]) => (part instanceof Module ? [[name, part] as [string, Module]] : []))
  }

  /** The modules directly in this one. */
  children(): Module[] {
    return [...new Set(this.namedChildren().map(([, child]) => child))]
  }

  /** This module and all modules in it, at any depth, each once. */
  modules(): Module[] {
    const found = new Set<Module>()
    const visit = (module: Module): void => {
      if (found.has(module)) return
      found.add(module)
      for (const child of module.children()) visit(child)
    }
    visit(this)
    return [...found]
  }

  /** Trained tensors under names like '0.weight'; one used twice is listed once. */
  namedParameters(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return [...this.#state()].filter(([, tensor]) => tensor.requiresGrad && !seen.has(tensor) && seen.add(tensor))
  }

  /** Trained tensors, each once. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, parameter]) => parameter)
  }

  /** State that is not trained, under names like '1.runningMean'; one used twice is listed once. */
  namedBuffers(): [string, Tensor][] {
    const seen = new Set<Tensor>()
    return [...this.#state()].filter(([, tensor]) => !tensor.requiresGrad && !seen.has(tensor) && seen.add(tensor))
  }

  /** State that is not trained, each tensor once. */
  buffers(): Tensor[] {
    return this.namedBuffers().map(([, tensor]) => tensor)
  }

  /** Copies of all parameters and buffers by name. */
  stateDict(): StateDict {
    return copyState(this.#state())
  }

  /**
   * Replaces parameters and buffers by those of a state dictionary, all or none.
   *
   * @param options strict: whether missing and unexpected names are an error, default true; shapes and dtypes always have to be equal
   * @throws STATE_DICT_MISMATCH, STATE_DICT_INVALID
   */
  loadStateDict(dict: Readonly<StateDict>, options: { readonly strict?: boolean } = {}): LoadResult {
    checkOptions('loadStateDict', options, ['strict'])
    return loadState('loadStateDict', this.#state(), dict, options.strict ?? true)
  }

  /** Clears the gradient of every parameter. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null
  }

  /** @internal What `forward` does, also where it has been made to compile itself. */
  eagerForward(): (...inputs: never[]) => unknown {
    return this.#eagerForward ?? this.forward.bind(this)
  }

  /** Makes `forward` compile itself, see the function `hybridize`; `forward.explain()` and `forward.stats` tell about it. */
  hybridize(options?: HybridizeOptions): this & Readonly<Record<'forward', Hybridized<this['forward']>>> {
    const name = `${this.constructor.name}.forward`
    this.#eagerForward ??= boundForward(this, name)
    Object.defineProperty(this, 'forward', { value: hybridize(this.#eagerForward, options), configurable: true })
    return this as this & Readonly<Record<'forward', Hybridized<this['forward']>>> // the line above
  }

  /** The variables that `stateDict` copies, under its names. */
  namedState(): [string, Tensor][] {
    return [...this.#state()]
  }

  /** The structure, one line per module. */
  toString(): string {
    const children = this.namedChildren().map(
      ([name, child]) => `  (${name}): ${String(child).replaceAll('\n', '\n  ')}\n`,
    )
    return `${this.constructor.name}(${this.describe()}${children.length > 0 ? `\n${children.join('')}` : ''})`
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  /** What `toString` shows between the parentheses. */
  protected describe(): string {
    return ''
  }

  /** Fields by name, which become the prefixes of parameter names. */
  protected fields(): [string, unknown][] {
    noteEnumeration(this)
    return Object.entries(this)
  }

  /** Parameters, buffers and modules among the fields; those in an array are named `field.index`. */
  #parts(): [string, Tensor | Module][] {
    const partsOf = ([name, value]: [string, unknown]): [string, Tensor | Module][] => {
      if (Array.isArray(value)) return value.flatMap((item: unknown, i) => partsOf([`${name}.${i}`, item]))
      return value instanceof Module || (value instanceof Tensor && value.isVariable) ? [[name, value]] : []
    }
    return this.fields().flatMap(partsOf)
  }

  /** Parameters and buffers at any depth. A module that refers back to one around it is not entered again. */
  #state(around: readonly Module[] = []): Map<string, Tensor> {
    const enclosing = [...around, this]
    const named = this.#parts().flatMap(([name, part]): [string, Tensor][] => {
      if (part instanceof Tensor) return [[name, part]]
      return enclosing.includes(part)
        ? []
        : [...part.#state(enclosing)].map(([inner, tensor]) => [`${name}.${inner}`, tensor])
    })
    return new Map(named)
  }
}

/** Its text is that of the method: `hybridize` looks for numbers that it decides by. */
function boundForward<M extends Module>(module: M, name: string): M['forward'] {
  const text = String(Reflect.get(module, 'forward'))
  return Object.defineProperties(module.forward.bind(module), {
    name: { value: name },
    toString: { value: () => text },
  })
}

const modeName = (isTraining: boolean): string => `${isTraining ? 'training' : 'evaluation'} mode`

/** A module from one tensor to one tensor. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor
}
