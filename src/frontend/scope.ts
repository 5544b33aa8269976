import type { GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import type { Storage } from '../runtime/storage.ts'
import type { Effect } from './debug/effects.ts'
import type { Tensor } from './tensor.ts'

/** A value from outside that a region reads. */
export interface Capture {
  /** By which the region reads it. */
  readonly input: GraphInput
  readonly value: GraphValue
  readonly tensor: Tensor
}

/** What a recording is made of: the whole call, and in it the regions of control ops. Values belong to the scope they are made in. */
export class Scope {
  /** What is being traced, for messages; undefined for the call. */
  readonly what: string | undefined
  readonly parent: Scope | undefined
  /** Nodes with the tensors they were recorded for, whose tape says whether gradients flow through them. */
  readonly made: { readonly value: GraphNode; readonly tensor: Tensor }[] = []
  /** Values that can fail. */
  readonly checks: GraphValue[] = []
  /** Checks, prints and breakpoints, in the order of the function. */
  readonly effects: Effect[] = []
  /** By tensor where gradients may go on from it, else by value. */
  readonly captures = new Map<object, Capture>()
  /** Variables whose values a backward pass over what was made here reads again. */
  readonly readForGradients = new Set<Tensor>()
  /** Versions of variables before the scope assigned to them. */
  readonly versions = new Map<Storage, number>()
  isClosed = false

  constructor(what?: string, parent?: Scope) {
    this.what = what
    this.parent = parent
  }

  /** The input by which this region reads a value from outside. */
  capture(value: GraphValue, tensor: Tensor): GraphInput {
    const key = tensor.requiresGrad ? tensor : value
    const known = this.captures.get(key)
    if (known) return known.input
    const input: GraphInput = {
      op: 'input',
      role: 'argument',
      name: `capture${this.captures.size}`,
      type: value.type,
      ...(tensor.weak ? { weak: true } : {}),
    }
    this.captures.set(key, { input, value, tensor })
    return input
  }
}
