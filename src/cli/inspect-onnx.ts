import type { OnnxValue } from '../onnx/model.ts'
import { summarizeOnnx } from '../onnx/import/summary.ts'
import { notAnArtefact } from './errors.ts'
import type { Io } from './io.ts'

/** Prints what an ONNX file holds, and what of it `importOnnx` would refuse. */
export async function inspectOnnx(file: string, io: Io): Promise<void> {
  const { readFile } = await import('node:fs/promises')
  const bytes = await readFile(file).catch(() => {
    throw notAnArtefact(file, 'there is no such file')
  })
  const { producer, opsets, inputs, outputs, operators, parameters, unsupported } = summarizeOnnx(bytes, file)
  const versions = opsets.map(({ domain, version }) => (domain === '' ? `opset ${version}` : `${domain} ${version}`))
  io.out(`${file}: ONNX, ${versions.join(', ')}${producer === '' ? '' : `, written by ${producer}`}`)
  io.out(`\ninputs\n${inputs.map((value) => `  ${valueText(value)}`).join('\n')}`)
  io.out(`\noutputs\n${outputs.map((value) => `  ${valueText(value)}`).join('\n')}`)
  const { tensors, elements, bytes: weightBytes } = parameters
  io.out(`\nparameters: ${elements} numbers in ${tensors} tensors, ${weightBytes} of ${bytes.length} bytes`)
  const total = operators.reduce((sum, [, count]) => sum + count, 0)
  io.out(`\n${total} nodes: ${operators.map(([name, count]) => (count > 1 ? `${count} ${name}` : name)).join(', ')}`)
  io.out(
    unsupported.length === 0
      ? '\nunsupported: nothing'
      : `\nunsupported\n${unsupported.map((each) => `  ${each}`).join('\n')}`,
  )
}

const valueText = ({ name, elementType, shape }: OnnxValue): string =>
  `${name}: ${elementType ?? 'no tensor'}${shape ? ` [${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]` : ''}`
