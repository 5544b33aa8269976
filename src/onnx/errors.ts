import { GryphError } from '../base/errors.ts'
import { quoted } from '../data/files/errors.ts'

export const onnxDamaged = (file: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'ONNX_DAMAGED',
    `[decodeModel] ${file} is damaged at byte ${byteOffset}: ${reason}. Get the whole file again.`,
  )

export const onnxTooLarge = (file: string, byteOffset: number, reason: string): GryphError =>
  new GryphError(
    'ONNX_TOO_LARGE',
    `[decodeModel] ${file} has ${reason}, at byte ${byteOffset}. Simplify the model before it is read.`,
  )

export const onnxTensorInvalid = (file: string, byteOffset: number, tensor: string, reason: string): GryphError =>
  new GryphError(
    'ONNX_TENSOR_INVALID',
    `[decodeModel] the tensor ${quoted(tensor)} of ${file}, at byte ${byteOffset}, ${reason}. Get the whole file again.`,
  )

export const onnxElementType = (file: string, byteOffset: number, tensor: string, type: string): GryphError =>
  new GryphError(
    'ELEMENT_TYPE_UNSUPPORTED',
    `[decodeModel] the tensor ${quoted(tensor)} of ${file}, at byte ${byteOffset}, has elements of type ${type}. Convert them to numbers of 8 bits or more.`,
  )

export const onnxExternalData = (file: string, byteOffset: number, tensor: string): GryphError =>
  new GryphError(
    'ONNX_EXTERNAL_DATA',
    `[decodeModel] the tensor ${quoted(tensor)} of ${file}, at byte ${byteOffset}, is kept in another file. Save the model as one file.`,
  )

export const onnxSparse = (file: string, byteOffset: number): GryphError =>
  new GryphError(
    'ONNX_UNSUPPORTED',
    `[decodeModel] ${file} has a sparse initializer, at byte ${byteOffset}. Save its weights as dense tensors.`,
  )
