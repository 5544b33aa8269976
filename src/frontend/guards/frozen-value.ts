/** Something that compiled calls use as it was in the recorded one. */
export interface FrozenValue {
  readonly kind: 'tensor' | 'number' | 'call' | 'field' | 'closure'
  /** `float32[3]`, `0.5`, `Math.random()`, … */
  readonly value: string
  /** `file:line:column` where it was used. */
  readonly source: string | undefined
  /** What to write where it should not be frozen. */
  readonly remedy: string
}
