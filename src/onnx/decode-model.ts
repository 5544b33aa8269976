import { bytesExpected } from '../data/files/errors.ts'
import { decodeAttribute, decodeGraph, decodeNode } from './decode-graph.ts'
import { MessageReader, sourceOf } from './message-reader.ts'
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxOpset } from './model.ts'

/**
 * Reads an ONNX file. Nothing it says is believed: sizes are compared with what is there, and what it may make is limited.
 *
 * @param bytes the whole file; the tensors of the result may be parts of it
 * @param name what error messages call it
 * @throws GryphError `ONNX_…`, `ELEMENT_TYPE_UNSUPPORTED`, `BYTES_EXPECTED`: then nothing is read
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export function decodeModel(bytes: Uint8Array, name = 'the model'): OnnxModel {
  if (!(bytes instanceof Uint8Array)) throw bytesExpected('decodeModel', name, bytes)
  const reader = new MessageReader(sourceOf(bytes, name))
  let irVersion = 0
  let [producerName, producerVersion] = ['', '']
  let graph: OnnxGraph | undefined
  const opsets: OnnxOpset[] = []
  const functions: OnnxFunction[] = []
  const metadata = new Map<string, string>()
  while (reader.next())
    switch (reader.field) {
      case 1:
        irVersion = reader.int()
        break
      case 2:
        producerName = reader.text()
        break
      case 3:
        producerVersion = reader.text()
        break
      case 7:
        graph = decodeGraph(reader.message(), 0)
        break
      case 8:
        opsets.push(decodeOpset(reader.message()))
        break
      case 14: {
        const [key, value] = decodeEntry(reader.message())
        metadata.set(key, value)
        break
      }
      case 25:
        functions.push(decodeFunction(reader.message()))
    }
  if (!graph) throw reader.damaged('there is no graph in it', bytes.length)
  if (opsets.length === 0) throw reader.damaged('it does not say which operators it means', bytes.length)
  return { irVersion, producerName, producerVersion, opsets, graph, functions, metadata }
}

/** Reads an OperatorSetIdProto. */
function decodeOpset(reader: MessageReader): OnnxOpset {
  let [domain, version] = ['', 0]
  while (reader.next())
    if (reader.field === 1) domain = reader.text()
    else if (reader.field === 2) version = reader.int()
  return { domain: domain === 'ai.onnx' ? '' : domain, version }
}

/** Reads a StringStringEntryProto. */
function decodeEntry(reader: MessageReader): [string, string] {
  const entry: [string, string] = ['', '']
  while (reader.next()) if (reader.field === 1 || reader.field === 2) entry[reader.field - 1] = reader.text()
  return entry
}

/** Reads a FunctionProto. */
function decodeFunction(reader: MessageReader): OnnxFunction {
  let [domain, name] = ['', '']
  const texts: Readonly<Record<number, string[]>> = { 4: [], 5: [], 6: [] }
  const defaults = new Map<string, OnnxAttribute>()
  const nodes: OnnxNode[] = []
  const opsets: OnnxOpset[] = []
  while (reader.next())
    switch (reader.field) {
      case 1:
        name = reader.text()
        break
      case 4:
      case 5:
      case 6:
        reader.count()
        texts[reader.field]!.push(reader.text())
        break
      case 7:
        nodes.push(decodeNode(reader.message(), 0))
        break
      case 9:
        opsets.push(decodeOpset(reader.message()))
        break
      case 10:
        domain = reader.text()
        break
      case 11: {
        const [key, attribute] = decodeAttribute(reader.message(), 0)
        defaults.set(key, attribute)
      }
    }
  return { domain, name, inputs: texts[4]!, outputs: texts[5]!, attributeNames: texts[6]!, defaults, nodes, opsets }
}
