import * as calls from '../../ops/calls/index.ts'
import { context } from '../context.ts'
import { Tensor } from '../tensor.ts'
import { fits, formOf, formText, leavesOf, merged, weakScalar, type Form } from './carry.ts'
import { cond, separate } from './control.ts'
import { assignedOnOneSide, sidesDiffer } from './errors.ts'
import { missing } from './missing.ts'
import { takesTensor, testOf } from './test.ts'

/** What a converted statement changes: closures that get and set it. */
export type Get = () => unknown[]
export type Set = (values: unknown[]) => void

/** Values that a return has left before it is known whether there is one: any of the right form will do. */
export const isResult = (name: string): boolean => /^__result\d*$/.test(name)

export const namesIn = (site: string): string[] => site.split('|').slice(1)

/** `if (test) then() else otherwise()`. */
export function branch(
  test: unknown,
  then: () => void,
  otherwise: (() => void) | undefined,
  site: string,
  get?: Get,
  set?: Set,
): void {
  const chosen = typeof test === 'boolean' ? test : testOf(test)
  if (typeof chosen === 'boolean') {
    const isTensor = takesTensor()
    if (chosen) then()
    else otherwise?.()
    if (isTensor) separateAll(get, set)
  } else tracedBranch(chosen, then, otherwise ?? (() => {}), namesIn(site), site, get ?? (() => []), set ?? (() => {}))
}

/** `test ? a() : b()`. */
export function select(test: unknown, a: () => unknown, b: () => unknown, site: string, get?: Get, set?: Set): unknown {
  const chosen = typeof test === 'boolean' ? test : testOf(test)
  if (typeof chosen === 'boolean') {
    const isTensor = takesTensor()
    const value = chosen ? a() : b()
    if (isTensor) separateAll(get, set)
    return isTensor ? separate(value) : value
  }
  let value: unknown
  tracedBranch(
    chosen,
    () => {
      value = a()
    },
    () => {
      value = b()
    },
    ['the value', ...namesIn(site)],
    site,
    () => [value, ...(get?.() ?? [])],
    ([given, ...rest]) => {
      value = given
      set?.(rest)
    },
  )
  return value
}

/** Makes eager gradients add up in the order of the compiled ones: what a control op gives is a step of its own on the tape. */
export function separateAll(get: Get | undefined, set: Set | undefined): void {
  if (get && set && context.gradEnabled) set(get().map((value) => (value instanceof Tensor ? separate(value) : value)))
}

/** Thrown out of a first try at a region, when a value's form is only known at its end. */
class Retry {
  readonly forms: ReadonlyMap<string, Form>
  constructor(forms: ReadonlyMap<string, Form>) {
    this.forms = forms
  }
}

/** Runs a region again with the forms that the first try found out. */
export function withForms<R>(
  run: (forms: ReadonlyMap<string, Form>, retry: (found: Map<string, Form>) => never) => R,
): R {
  const retry = (found: Map<string, Form>): never => {
    throw new Retry(found)
  }
  try {
    return run(new Map(), retry)
  } catch (error) {
    if (!(error instanceof Retry)) throw error
    return run(error.forms, retry)
  }
}

/** A form with zeros for its tensors: what stands for a value that is never used. */
export const blankForm = (form: Form): Form => {
  if ('parts' in form) return { ...form, parts: form.parts.map(blankForm) }
  if (!('tensor' in form)) return form
  if (form.kind === 'number') return { ...form, tensor: weakScalar(0), constant: undefined }
  const zeros = calls.zeros(form.tensor.shape, form.tensor.dtype) as Tensor // the eager interpreter only makes tensors
  return form.kind === 'tensor' ? { kind: 'tensor', tensor: zeros } : { ...form, tensor: zeros, constant: undefined }
}

function tracedBranch(
  test: Tensor,
  then: () => void,
  otherwise: () => void,
  names: readonly string[],
  site: string,
  get: Get,
  set: Set,
): void {
  const before = get()
  const { first, second, leaves } = withForms((forms, retry) => {
    let first: Form[] | undefined
    let second: Form[] = []
    // Which side is traced first is not said here: the other one takes its form.
    const side = (run: () => void) => (): Tensor[] => {
      set([...before])
      run()
      const given = get().map((value, i) => filled(formOf(value), forms.get(names[i]!)))
      if (!first) return (first = given).flatMap((form) => leavesOf(form))
      const { aligned, found } = align(first, given, names, site)
      if (found.size > 0) retry(found)
      second = aligned
      return first.flatMap((one, i) => leavesOf(fits(one, aligned[i]!) ? aligned[i]! : blankForm(one)))
    }
    const leaves = cond(test, side(then), side(otherwise))
    return { first: first!, second, leaves } // both sides are traced
  })
  let position = 0
  const next = (): Tensor => leaves[position++]!
  set(
    first.map((one, i) => {
      const other = second[i]!
      const isFit = fits(one, other)
      const value = merged(one, isFit ? other : one, next)
      return isFit ? value : missing(() => assignedOnOneSide(names[i]!, site))
    }),
  )
}

/** The second side's values in the form of the first's. What only one side has is found missing where it is used. */
function align(
  first: readonly Form[],
  given: readonly Form[],
  names: readonly string[],
  site: string,
): { aligned: Form[]; found: Map<string, Form> } {
  const found = new Map<string, Form>()
  const aligned = given.map((form, i) => {
    const name = names[i]!
    const one = first[i]!
    if (fits(one, form)) return form
    if (isResult(name) && form.kind === 'missing') return blankForm(one)
    if (isResult(name) && one.kind === 'missing') found.set(name, form)
    else if (one.kind !== 'missing' && form.kind !== 'missing')
      throw sidesDiffer(isResult(name) ? 'the returned value' : name, formText(one), formText(form), site)
    return form
  })
  return { aligned, found }
}

const filled = (form: Form, known: Form | undefined): Form =>
  form.kind === 'missing' && known ? blankForm(known) : form
