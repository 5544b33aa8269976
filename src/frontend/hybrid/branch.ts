import * as calls from '../../ops/calls/index.ts'
import type { Tensor } from '../tensor.ts'
import { fits, formOf, formText, leavesOf, merged, type Form } from './carry.ts'
import { cond } from './control.ts'
import { assignedOnOneSide, sidesDiffer } from './errors.ts'
import { missing } from './missing.ts'
import { testOf } from './test.ts'

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
  if (chosen === true) then()
  else if (chosen === false) otherwise?.()
  else tracedBranch(chosen, then, otherwise ?? (() => {}), namesIn(site), site, get ?? (() => []), set ?? (() => {}))
}

/** `test ? a() : b()`. */
export function select(test: unknown, a: () => unknown, b: () => unknown, site: string, get?: Get, set?: Set): unknown {
  const chosen = typeof test === 'boolean' ? test : testOf(test)
  if (typeof chosen === 'boolean') return chosen ? a() : b()
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

/** Thrown out of a first try at a region, when a value's form is only known at its end. */
class Retry {
  readonly forms: ReadonlyMap<string, Form>
  constructor(forms: ReadonlyMap<string, Form>) {
    this.forms = forms
  }
}

/** Runs a region again with the forms that the first try found out. */
export function withForms<R>(run: (forms: ReadonlyMap<string, Form>, retry: (found: Map<string, Form>) => never) => R): R {
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
export const placeholder = (form: Form): Form => {
  if ('parts' in form) return { ...form, parts: form.parts.map(placeholder) }
  if (!('tensor' in form)) return form
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
    let first: Form[] = []
    let second: Form[] = []
    const leaves = cond(
      test,
      () => {
        set([...before])
        then()
        first = get().map((value, i) => filled(formOf(value), forms.get(names[i]!)))
        return first.flatMap((form) => leavesOf(form))
      },
      () => {
        set([...before])
        otherwise()
        second = get().map(formOf)
        const found = new Map<string, Form>()
        second = second.map((form, i) => {
          const name = names[i]!
          const one = first[i]!
          if (isResult(name) && form.kind === 'missing') return placeholder(one)
          if (isResult(name) && one.kind === 'missing' && !fits(one, form)) found.set(name, form)
          else if (one.kind !== 'missing' && form.kind !== 'missing' && !fits(one, form))
            throw sidesDiffer(isResult(name) ? 'the returned value' : name, formText(one), formText(form), site)
          return form
        })
        if (found.size > 0) retry(found)
        return first.flatMap((one, i) => leavesOf(fits(one, second[i]!) ? second[i]! : placeholder(one)))
      },
    ) as Tensor[] // as many as the sides return
    return { first, second, leaves }
  })
  let position = 0
  const next = (): Tensor => leaves[position++]!
  set(
    first.map((one, i) => {
      const other = second[i]!
      const value = merged(one, fits(one, other) ? other : one, next)
      if (fits(one, other)) return value
      if (before[i] === undefined || (one.kind === 'missing') !== (other.kind === 'missing'))
        return missing(() => assignedOnOneSide(names[i]!, site))
      return value
    }),
  )
}

const filled = (form: Form, known: Form | undefined): Form =>
  form.kind === 'missing' && known ? placeholder(known) : form
