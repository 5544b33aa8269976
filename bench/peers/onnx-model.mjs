/**
 * The part of the ONNX format that the models here need, as protobuf bytes. Field numbers are those of onnx.proto.
 *
 * @param {{ nodes: { op: string, inputs: string[], outputs: string[], attributes?: Record<string, number[]> }[], weights: { name: string, shape: number[], values: Float32Array }[],
 *   inputs: { name: string, shape: number[] }[], outputs: { name: string, shape: number[] }[] }} graph
 */
export function onnxModel({ nodes, weights, inputs, outputs }) {
  const graph = [
    ...nodes.map(({ op, inputs: from, outputs: to, attributes = {} }) =>
      message(1, [
        ...from.map((name) => text(1, name)),
        ...to.map((name) => text(2, name)),
        text(4, op),
        ...Object.entries(attributes).map(([name, list]) =>
          message(5, [text(1, name), ...list.map((n) => integer(8, n)), integer(20, integers)]),
        ),
      ]),
    ),
    text(2, 'graph'),
    ...weights.map(({ name, shape, values }) =>
      message(5, [
        ...shape.map((n) => integer(1, n)),
        integer(2, float32),
        text(8, name),
        bytes(9, new Uint8Array(values.buffer)),
      ]),
    ),
    ...inputs.map((each) => message(11, valueInfo(each))),
    ...outputs.map((each) => message(12, valueInfo(each))),
  ]
  return concat([integer(1, irVersion), message(7, graph), message(8, [text(1, ''), integer(2, opset)])])
}

const float32 = 1
/** An attribute's type. */
const integers = 7
const irVersion = 8
const opset = 17

const valueInfo = ({ name, shape }) => {
  const dimensions = message(
    2,
    shape.map((n) => message(1, [integer(1, n)])),
  )
  return [text(1, name), message(2, [message(1, [integer(1, float32), dimensions])])]
}

const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)])
const integer = (field, value) => Uint8Array.from([...varint(field << 3), ...varint(value)])
const bytes = (field, content) =>
  concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(content.length)]), content])
const text = (field, value) => bytes(field, new TextEncoder().encode(value))
const message = (field, parts) => bytes(field, concat(parts))
const concat = (parts) => new Uint8Array(Buffer.concat(parts))
