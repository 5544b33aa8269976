import type { OnnxAttribute, OnnxNode } from '../../onnx/model.ts'

/** Nodes whose values have new names, in their subgraphs too. */
export function renamed(nodes: readonly OnnxNode[], names: ReadonlyMap<string, string>): readonly OnnxNode[] {
  const of = (name: string): string => names.get(name) ?? name
  const attribute = (given: OnnxAttribute): OnnxAttribute => {
    if (given.type !== 'graph') return given
    const { nodes: inner, outputs, ...graph } = given.value
    const moved = outputs.map((output) => ({ ...output, name: of(output.name) }))
    return { type: 'graph', value: { ...graph, nodes: renamed(inner, names), outputs: moved } }
  }
  return nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
    attributes: new Map([...node.attributes].map(([name, value]) => [name, attribute(value)])),
  }))
}
