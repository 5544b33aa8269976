import type * as acorn from 'acorn'
import { childrenOf, isFunction, type FunctionNode, type Node } from './syntax.ts'

/** A place where a variable gets a value. `value` is missing where the value is taken apart, iterated, or counted up. */
export interface Write {
  readonly node: Node
  readonly function: FunctionNode | undefined
  readonly value: acorn.Expression | undefined
  /** Of `x++`, which is as plain as x itself. */
  readonly isCount: boolean
}

/** One variable of the module. */
export interface Binding {
  readonly name: string
  readonly kind: 'const' | 'let' | 'var' | 'parameter' | 'function' | 'class' | 'import' | 'catch'
  readonly scope: Scope
  readonly declaration: Node
  readonly start: number
  readonly writes: Write[]
  readonly references: acorn.Identifier[]
  /** Where it was imported from, and its name there ('*' for all of a module). */
  readonly imported?: { readonly source: string; readonly name: string }
}

export interface Scope {
  readonly parent: Scope | undefined
  readonly node: Node
  /** The function whose body this scope lies in. */
  readonly function: FunctionNode | undefined
  readonly bindings: Map<string, Binding>
}

/** What every identifier of a module stands for. Names that are not in `bindingOf` are global. */
export interface Scopes {
  readonly bindingOf: ReadonlyMap<Node, Binding>
  readonly bindings: readonly Binding[]
}

/** Resolves the variables of a module. */
export function resolveScopes(program: acorn.Program): Scopes {
  return new Resolver(program)
}

class Resolver implements Scopes {
  readonly bindingOf = new Map<Node, Binding>()
  readonly bindings: Binding[] = []
  readonly #pending: { id: acorn.Identifier; scope: Scope; write?: Write }[] = []

  constructor(program: acorn.Program) {
    const root: Scope = { parent: undefined, node: program, function: undefined, bindings: new Map() }
    this.#hoist(program.body as Node[], root)
    for (const statement of program.body) this.#visit(statement, root)
    for (const { id, scope, write } of this.#pending) {
      let at: Scope | undefined = scope
      while (at && !at.bindings.has(id.name)) at = at.parent
      const binding = at?.bindings.get(id.name)
      if (!binding) continue
      this.bindingOf.set(id, binding)
      binding.references.push(id)
      if (write) binding.writes.push(write)
    }
  }

  #declare(id: acorn.Identifier, kind: Binding['kind'], scope: Scope, declaration: Node, more?: object): void {
    const known = scope.bindings.get(id.name)
    if (known) return void this.bindingOf.set(id, known) // var twice
    const binding: Binding = {
      name: id.name,
      kind,
      scope,
      declaration,
      start: id.start,
      writes: [],
      references: [],
      ...more,
    }
    scope.bindings.set(id.name, binding)
    this.bindings.push(binding)
    this.bindingOf.set(id, binding)
  }

  /** Names that a list of statements declares for all of it. */
  #hoist(statements: readonly Node[], scope: Scope): void {
    for (const outer of statements) {
      const isExport = outer.type === 'ExportNamedDeclaration' || outer.type === 'ExportDefaultDeclaration'
      const node = isExport ? outer.declaration : outer
      if (!node) continue
      if (node.type === 'VariableDeclaration' && node.kind !== 'var')
        for (const { id } of node.declarations)
          this.#declarePattern(id, node.kind === 'let' ? 'let' : 'const', scope, node)
      else if (node.type === 'FunctionDeclaration' && node.id) this.#declare(node.id, 'function', scope, node)
      else if (node.type === 'ClassDeclaration' && node.id) this.#declare(node.id, 'class', scope, node)
      else if (node.type === 'ImportDeclaration')
        for (const part of node.specifiers) {
          const name =
            part.type === 'ImportSpecifier'
              ? part.imported.type === 'Identifier'
                ? part.imported.name
                : String(part.imported.value)
              : part.type === 'ImportDefaultSpecifier'
                ? 'default'
                : '*'
          this.#declare(part.local, 'import', scope, node, { imported: { source: String(node.source.value), name } })
        }
    }
    if (scope.node.type === 'Program' || scope.function !== scope.parent?.function)
      for (const statement of statements) this.#hoistVars(statement, scope)
  }

  #hoistVars(node: Node, scope: Scope): void {
    if (isFunction(node) || node.type.startsWith('Class') || node.type.endsWith('Expression')) return
    if (node.type === 'VariableDeclaration' && node.kind === 'var')
      for (const { id } of node.declarations) this.#declarePattern(id, 'var', scope, node)
    for (const child of childrenOf(node)) this.#hoistVars(child, scope)
  }

  #declarePattern(pattern: acorn.Pattern, kind: Binding['kind'], scope: Scope, declaration: Node): void {
    for (const id of namesIn(pattern)) this.#declare(id, kind, scope, declaration)
  }

  #child(node: Node, parent: Scope, fn = parent.function): Scope {
    return { parent, node, function: fn, bindings: new Map() }
  }

  #visitAll(nodes: readonly (Node | null | undefined)[], scope: Scope): void {
    for (const node of nodes) if (node) this.#visit(node, scope)
  }

  #visit(node: Node, scope: Scope): void {
    switch (node.type) {
      case 'Identifier':
        this.#pending.push({ id: node, scope })
        return
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return this.#function(node as FunctionNode, scope)
      case 'BlockStatement':
      case 'StaticBlock': {
        const inner = this.#child(node, scope)
        this.#hoist(node.body, inner)
        return this.#visitAll(node.body, inner)
      }
      case 'SwitchStatement': {
        this.#visit(node.discriminant, scope)
        const inner = this.#child(node, scope)
        this.#hoist(
          node.cases.flatMap((each) => each.consequent),
          inner,
        )
        return this.#visitAll(
          node.cases.flatMap(({ test, consequent }) => [test, ...consequent]),
          inner,
        )
      }
      case 'ForStatement': {
        const inner = this.#child(node, scope)
        if (node.init) this.#hoist([node.init], inner)
        return this.#visitAll([node.init, node.test, node.update, node.body], inner)
      }
      case 'ForInStatement':
      case 'ForOfStatement': {
        const inner = this.#child(node, scope)
        if (node.left.type === 'VariableDeclaration') {
          this.#hoist([node.left], inner)
          for (const { id } of node.left.declarations) this.#assign(id, undefined, node, inner)
        } else this.#assign(node.left, undefined, node, inner)
        this.#visit(node.right, scope)
        return this.#visit(node.body, inner)
      }
      case 'CatchClause': {
        const inner = this.#child(node, scope)
        if (node.param) {
          this.#declarePattern(node.param, 'catch', inner, node)
          this.#assign(node.param, undefined, node, inner)
        }
        return this.#visit(node.body, inner)
      }
      case 'VariableDeclaration':
        for (const { id, init } of node.declarations) {
          if (init) this.#visit(init, scope)
          if (init) this.#assign(id, init, node, scope)
          else this.#patternParts(id, scope)
        }
        return
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const inner = this.#child(node, scope)
        if (node.id) this.#declare(node.id, 'class', inner, node)
        return this.#visitAll([node.superClass, node.body], inner)
      }
      case 'MethodDefinition':
      case 'PropertyDefinition':
        return this.#visitAll([node.computed ? node.key : null, node.value], scope)
      case 'Property':
        return this.#visitAll([node.computed ? node.key : null, node.value], scope)
      case 'MemberExpression':
        return this.#visitAll([node.object, node.computed ? node.property : null], scope)
      case 'AssignmentExpression':
        this.#visit(node.right, scope)
        if (node.operator !== '=' && node.left.type === 'Identifier') this.#pending.push({ id: node.left, scope })
        return this.#assign(node.left, node.right, node, scope)
      case 'UpdateExpression':
        if (node.argument.type !== 'Identifier') return this.#visit(node.argument, scope)
        return this.#write(node.argument, undefined, node, scope, true)
      case 'LabeledStatement':
        return this.#visit(node.body, scope)
      case 'ExportNamedDeclaration':
        return this.#visitAll([node.declaration], scope)
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'ImportDeclaration':
      case 'MetaProperty':
        return
      default:
        return this.#visitAll(childrenOf(node), scope)
    }
  }

  #function(node: FunctionNode, scope: Scope): void {
    let outer = scope
    if (node.type === 'FunctionExpression' && node.id) {
      outer = this.#child(node, scope)
      this.#declare(node.id, 'function', outer, node)
    }
    const inner = this.#child(node, outer, node)
    for (const parameter of node.params) this.#declarePattern(parameter, 'parameter', inner, node)
    for (const parameter of node.params) this.#patternParts(parameter, inner)
    if (node.body.type !== 'BlockStatement') return this.#visit(node.body, inner)
    this.#hoist(node.body.body, inner)
    this.#visitAll(node.body.body, inner)
  }

  #write(id: acorn.Identifier, value: acorn.Expression | undefined, node: Node, scope: Scope, isCount = false): void {
    this.#pending.push({ id, scope, write: { node, function: scope.function, value, isCount } })
  }

  /** Every name in a pattern gets a value; a whole one if the pattern is just a name. */
  #assign(pattern: acorn.Pattern, value: acorn.Expression | undefined, node: Node, scope: Scope): void {
    if (pattern.type === 'Identifier') return this.#write(pattern, value, node, scope)
    if (pattern.type === 'MemberExpression') return this.#visit(pattern, scope)
    for (const id of namesIn(pattern)) this.#write(id, undefined, node, scope)
    this.#patternParts(pattern, scope)
  }

  /** Expressions inside a pattern: defaults and computed keys. */
  #patternParts(pattern: acorn.Pattern, scope: Scope): void {
    switch (pattern.type) {
      case 'ObjectPattern':
        for (const part of pattern.properties) {
          if (part.type === 'RestElement') this.#patternParts(part.argument, scope)
          else {
            if (part.computed) this.#visit(part.key, scope)
            this.#patternParts(part.value, scope)
          }
        }
        return
      case 'ArrayPattern':
        for (const part of pattern.elements) if (part) this.#patternParts(part, scope)
        return
      case 'AssignmentPattern':
        this.#patternParts(pattern.left, scope)
        return this.#visit(pattern.right, scope)
      case 'RestElement':
        return this.#patternParts(pattern.argument, scope)
      case 'MemberExpression':
        return this.#visit(pattern, scope)
      default:
    }
  }
}

/** The names that a pattern gives values to. */
export function namesIn(pattern: acorn.Pattern): acorn.Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern]
    case 'ObjectPattern':
      return pattern.properties.flatMap((part) => namesIn(part.type === 'RestElement' ? part.argument : part.value))
    case 'ArrayPattern':
      return pattern.elements.flatMap((part) => (part ? namesIn(part) : []))
    case 'AssignmentPattern':
      return namesIn(pattern.left)
    case 'RestElement':
      return namesIn(pattern.argument)
    default:
      return []
  }
}
