import type * as acorn from 'acorn'
import { findBlocker, isCaughtIn, type Blocker } from './blockers.ts'
import type { Jump } from './jumps.ts'
import { findJumps } from './jumps.ts'
import { mayTrace } from './may-trace.ts'
import { namesIn, type Binding, type Scopes } from './scopes.ts'
import { isFunction, isIn, isLoop, walk, type FunctionNode, type LoopNode, type Node } from './syntax.ts'

/** What is known of one hybrid function before it is rewritten. */
export interface Analysis {
  readonly scopes: Scopes
  readonly jumps: readonly Jump[]
  readonly parents: ReadonlyMap<Node, Node>
  /** Statements and conditional expressions that become calls. */
  readonly converted: ReadonlySet<Node>
  /** Those that would, but for what is in them. */
  readonly blocked: ReadonlyMap<Node, Blocker>
  /** Whether an expression may be a tensor, or a number that is one while a call is traced. */
  may(node: Node, inTest?: boolean): boolean
  /** In an async function or generator, nothing is converted. */
  isPausing(node: Node): boolean
}

/** Decides what is converted in a hybrid function; a fixed point, since variables assigned in what is converted may be traced. */
export function analyse(root: FunctionNode, scopes: Scopes): Analysis {
  return new Decision(root, scopes)
}

class Decision implements Analysis {
  readonly scopes: Scopes
  readonly jumps: readonly Jump[]
  readonly parents: ReadonlyMap<Node, Node>
  readonly converted = new Set<Node>()
  readonly blocked = new Map<Node, Blocker>()
  readonly #root: FunctionNode
  readonly #maybe = new Set<Binding>()
  /** Variables of the function and of functions in it. */
  readonly #own: readonly Binding[]
  readonly #controls: Node[] = []
  readonly #pausing: Node[] = []
  readonly #throws: Node[] = []
  readonly #blockers = new Map<Node, Blocker | undefined>()

  constructor(root: FunctionNode, scopes: Scopes) {
    this.#root = root
    this.scopes = scopes
    this.#own = scopes.bindings.filter(({ scope }) => isIn(scope.node, root))
    const { jumps, parents } = findJumps(root)
    this.jumps = jumps
    this.parents = parents
    walk(root, (node) => {
      if (node.type === 'ThrowStatement') this.#throws.push(node)
      if (isFunction(node) && (node.async || node.generator)) this.#pausing.push(node)
      if (node.type === 'IfStatement' || node.type === 'ConditionalExpression' || isTarget(node))
        this.#controls.push(node)
    })
    for (let before = -1; before !== this.#size();) {
      before = this.#size()
      this.#spread()
      for (const control of this.#controls) this.#decide(control)
    }
  }

  may(node: Node, inTest = false): boolean {
    return mayTrace(node, this.scopes, (binding) => this.#isMaybe(binding), inTest)
  }

  isPausing(node: Node): boolean {
    return this.#pausing.some((each) => isIn(node, each))
  }

  #size(): number {
    return this.#maybe.size + this.converted.size + 1000 * this.blocked.size
  }

  #isMaybe(binding: Binding): boolean {
    if (binding.kind === 'function' || binding.kind === 'class') return false
    if (isIn(binding.scope.node, this.#root))
      return binding.kind === 'parameter' || binding.kind === 'catch' || this.#maybe.has(binding)
    // A free variable: one that never changes and is a plain value stays one.
    if (binding.kind !== 'const') return true
    const [write] = binding.writes
    return !write?.value || mayTrace(write.value, this.scopes, () => true, false)
  }

  /** Variables whose values may be traced, given what is converted. */
  #spread(): void {
    for (const binding of this.#own) {
      if (this.#maybe.has(binding)) continue
      const mayBe = binding.writes.some((write) => {
        if (!write.isCount && (!write.value || this.may(write.value))) return true
        if (write.function !== binding.scope.function) return true
        return this.#isUnderConverted(write.node, binding)
      })
      if (mayBe) this.#maybe.add(binding)
    }
  }

  #isUnderConverted(node: Node, binding: Binding): boolean {
    for (let at = this.parents.get(node); at && at !== binding.scope.node; at = this.parents.get(at))
      if (this.converted.has(at)) return true
    // The variable of a `for` is in the scope of the loop itself, and goes from pass to pass.
    const { node: owner } = binding.scope
    return owner.type === 'ForStatement' && this.converted.has(owner) && node !== binding.declaration
  }

  #isCandidate(control: Node): boolean {
    switch (control.type) {
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.may(control.test, true)
      case 'ForStatement':
        return Boolean(control.test && this.may(control.test, true))
      case 'SwitchStatement':
        return [control.discriminant, ...control.cases.map(({ test }) => test)].some(
          (each) => each && this.may(each, true),
        )
      case 'ForOfStatement':
        return !control.await && this.may(control.right)
      default:
        return false
    }
  }

  #decide(control: Node): void {
    if (this.blocked.has(control)) return
    if (!this.converted.has(control) && !this.#isCandidate(control) && !(isTarget(control) && this.#isForced(control)))
      return
    const blocker = this.#blockerOf(control)
    if (!blocker) return void this.converted.add(control)
    this.converted.delete(control)
    this.blocked.set(control, blocker)
  }

  /** A loop or switch that is left from inside a closure needs a test of its own for that. */
  #isForced(loop: LoopNode | acorn.SwitchStatement): boolean {
    const inside = this.jumps.filter((jump) => isIn(jump.node, loop))
    const leaves = inside.some(
      ({ node, target }) => !isIn(target, loop) || (target === loop && node.type === 'BreakStatement'),
    )
    return (
      leaves &&
      inside.some(({ through }) =>
        through.some((each) => each !== loop && isIn(each, loop) && this.converted.has(each)),
      )
    )
  }

  #blockerOf(control: Node): Blocker | undefined {
    if (this.isPausing(control)) return { reason: 'await', node: control }
    for (const { node, target, through } of this.jumps) {
      const at = through.indexOf(control)
      if (at < 0) continue
      const crossed = [...through.slice(at + 1), target].find((each) => this.#staysNative(each))
      if (crossed) return { reason: 'jump', node }
    }
    if (control.type === 'ForStatement' && capturesAndAssigns(control, this.scopes))
      return { reason: 'captured', node: control }
    const shared = control.type === 'SwitchStatement' && this.#sharedByCases(control)
    if (shared) return { reason: 'declares', node: shared }
    for (const node of this.#throws)
      if (isIn(node, control) && this.#innermost(node) === control && !isCaughtIn(node, control, this.parents))
        return { reason: 'throw', node }
    if (!this.#blockers.has(control)) this.#blockers.set(control, findBlocker(control, this.scopes))
    return this.#blockers.get(control)
  }

  #staysNative(node: Node): boolean {
    if (node.type === 'LabeledStatement') return !isLoop(node.body)
    if (node.type === 'SwitchStatement') return this.blocked.has(node)
    return isLoop(node) && (this.blocked.has(node) || (node.type === 'ForOfStatement' && node.await))
  }

  /** What one case of a switch declares and another one uses. */
  #sharedByCases(control: acorn.SwitchStatement): Node | undefined {
    const own = this.#own.filter(({ scope }) => scope.node === control)
    return control.cases
      .flatMap((each) =>
        own.filter(({ start }) => start >= each.start && start < each.end).map((binding) => ({ each, binding })),
      )
      .flatMap(({ each, binding }) => binding.references.filter((id) => !isIn(id, each)))[0]
  }

  #innermost(node: Node): Node | undefined {
    for (let at = this.parents.get(node); at; at = this.parents.get(at))
      if (this.converted.has(at) || this.blocked.has(at) || this.#isCandidate(at)) return at
    return undefined
  }
}

const isTarget = (node: Node): node is LoopNode | acorn.SwitchStatement =>
  isLoop(node) || node.type === 'SwitchStatement'

/** The loop's own variables that functions in its body use. */
export function capturedVariables(loop: LoopNode, scopes: Scopes): Binding[] {
  if (loop.type !== 'ForStatement' || loop.init?.type !== 'VariableDeclaration' || loop.init.kind === 'var') return []
  const bindings = loop.init.declarations.flatMap(({ id }) => namesIn(id)).map((id) => scopes.bindingOf.get(id)!)
  return bindings.filter((binding) => {
    let isCaptured = false
    walk(loop.body, (node) => {
      if (!isFunction(node)) return true
      isCaptured ||= binding.references.some((id) => isIn(id, node))
      return false
    })
    return isCaptured
  })
}

const capturesAndAssigns = (loop: LoopNode, scopes: Scopes): boolean =>
  capturedVariables(loop, scopes).some((binding) => binding.writes.some(({ node }) => isIn(node, loop.body)))
