/** Runs a program over views of the whole arena; buffers placed by parameter lie at the given byte offsets. Returns 0 or a failed site. */
export type JsProgram = (views: ArenaViews, ...byteOffsets: number[]) => number

export interface ArenaViews {
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i32: Int32Array
  readonly u8: Uint8Array
}

/** Makes the text of `generateJs` callable. */
export function instantiateJs(text: string): JsProgram {
  // oxlint-disable-next-line typescript/no-implied-eval -- running code that this library wrote is the back end's purpose
  const run = new Function(`${text}\nreturn run`)() as GeneratedRun // the text declares `run`
  return (views, ...byteOffsets) => run(views.f32, views.f64, views.i32, views.u8, ...byteOffsets)
}

type GeneratedRun = (
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u8: Uint8Array,
  ...byteOffsets: number[]
) => number
