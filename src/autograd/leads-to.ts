/** Every value on a way from `root` to one of `targets`, where the walk ends. */
export function leadsTo<V>(root: V, targets: ReadonlySet<V>, operandsOf: (value: V) => readonly V[]): Set<V> {
  const wanted = new Set<V>()
  const seen = new Set<V>([root])
  // An explicit stack: programs can be deeper than the call stack.
  const stack: { value: V; operands: readonly V[]; next: number }[] = []
  const enter = (value: V): void => {
    stack.push({ value, operands: targets.has(value) ? [] : operandsOf(value), next: 0 })
  }
  enter(root)
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { value, operands } = top
    if (top.next === operands.length) {
      if (targets.has(value) || operands.some((operand) => wanted.has(operand))) wanted.add(value)
      stack.pop()
      continue
    }
    const operand = operands[top.next++]! // within bounds, by the line above
    if (seen.has(operand)) continue
    seen.add(operand)
    enter(operand)
  }
  return wanted
}
