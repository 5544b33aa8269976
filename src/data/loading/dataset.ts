import type { TypedArray } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'

/** What a batch of examples becomes: tensors with one axis more, in the structure of one example. */
export type Collated<Example> = Example extends Tensor | TypedArray | number | boolean
  ? Tensor
  : Example extends string
    ? string[]
    : { -readonly [Key in keyof Example]: Collated<Example[Key]> }

/** Examples by number. */
export interface Dataset<Example, Batch = Collated<Example>> {
  readonly length: number
  /** Example `index`, from 0 to length − 1: a tensor, a number, a typed array, or an array or object of such. */
  get(index: number): Example | Promise<Example>
  /** Several at once, as a batch. Without it, a loader gets them one by one and stacks them. */
  getBatch?(indices: ArrayLike<number>): Batch | Promise<Batch>
}
