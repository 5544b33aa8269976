export { importOnnx, type ImportOnnxOptions } from './import/import-onnx.ts'
export { OnnxModel, type OnnxPort } from './import/onnx-model.ts'
