import { hybridize, manualSeed, type Hybridized, type HybridizeOptions, type Tensor } from 'gryph'

/** One thing to time, eagerly and compiled, or in the one mode that there is. */
export interface BenchmarkCase {
  readonly name: string
  /** A training step: the time until its first results is of interest too. */
  readonly isTraining?: true
  /** Make what is timed, each with a state of its own. Not part of the time. */
  readonly eager?: () => Run
  readonly compiled?: (options: HybridizeOptions) => CompiledRun
}

export type Run = () => unknown

export interface CompiledRun {
  readonly run: Run
  readonly fast: Pick<Hybridized<Run>, 'stats' | 'explain' | 'profile'>
}

/** A function of tensors alone. */
export function functionCase(
  name: string,
  fn: (...operands: Tensor[]) => unknown,
  makeOperands: () => Tensor[],
): BenchmarkCase {
  return {
    name,
    eager() {
      const operands = makeOperands()
      return () => fn(...operands)
    },
    compiled(options) {
      const operands = makeOperands()
      const fast = hybridize(fn, options)
      return { run: () => fast(...operands), fast }
    },
  }
}

export type TrainStep = (...batch: Tensor[]) => Tensor

/** Every mode trains a model of its own from the same start, on one batch. */
export function trainingCase(name: string, makeStep: () => TrainStep, makeBatch: () => Tensor[]): BenchmarkCase {
  const make = (): { step: TrainStep; batch: Tensor[] } => {
    manualSeed(1)
    return { step: makeStep(), batch: makeBatch() }
  }
  return {
    name,
    isTraining: true,
    eager() {
      const { step, batch } = make()
      return () => step(...batch).item()
    },
    compiled(options) {
      const { step, batch } = make()
      const fast = hybridize(step, options)
      return { run: () => fast(...batch).item(), fast }
    },
  }
}
