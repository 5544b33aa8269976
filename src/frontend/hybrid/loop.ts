import * as calls from '../../ops/calls/index.ts'
import { Tensor } from '../tensor.ts'
import { branch, isResult, namesIn, blankForm, separateAll, withForms, type Get, type Set } from './branch.ts'
import { fits, formOf, formText, leavesOf, valueOf, type Form } from './carry.ts'
import { isRecording, whileLoop } from './control.ts'
import { assignedInLoop, noRows, passesDiffer } from './errors.ts'
import { asHostValue } from './host-value.ts'
import { known, missing } from './missing.ts'
import { add, lt } from './numbers.ts'
import { and, asTensor, takesTensor, testOf, type Test } from './test.ts'

/** A loop with its parts as closures. `go` says whether no jump has left it. */
interface Loop {
  readonly test: () => unknown
  readonly update: (() => void) | undefined
  readonly body: () => void
  readonly go: (() => Test) | undefined
  readonly site: string
  readonly names: readonly string[]
  readonly get: Get
  readonly set: Set
}

const none: Get = () => []

/** `for (; test(); update()) body()`. */
export function loop(
  test: () => unknown,
  update: (() => void) | undefined,
  body: () => void,
  go: (() => Test) | undefined,
  site: string,
  get: Get = none,
  set: Set = () => {},
  isUnrolled = false,
): void {
  for (;;) {
    const goes = testOf(test())
    if (typeof goes === 'boolean' && takesTensor()) separateAll(get, set)
    if (goes === false) return
    if (goes !== true) return tracedLoop({ test, update, body, go, site, names: namesIn(site), get, set }, goes)
    body()
    const stays = go ? go() : true
    if (stays === false) return
    if (stays !== true) {
      // A jump depends on tensors: whether further passes are made is only known when the program runs.
      const rest = { test, update, body, go, site, names: namesIn(site), get, set }
      return isUnrolled ? unrolledLoop(rest, stays) : leftLoop(rest, stays)
    }
    update?.()
  }
}

function leftLoop(rest: Loop, stays: Test): void {
  const { update, site, get, set } = rest
  if (update) branch(stays, update, undefined, site, get, set)
  tracedLoop(rest)
}

/** Further passes one after another, as far as the loop's own test says, each only if no jump has left the loop. */
function unrolledLoop(rest: Loop, stays: Test): void {
  const { test, update, body, go, site, get, set } = rest
  for (let goes: Test = stays; ; goes = go!()) {
    if (update) update()
    const further = testOf(test())
    if (further === false) return
    if (further !== true) return tracedLoop(rest)
    branch(goes, body, undefined, site, get, set)
  }
}

/** `do body(); while (test())`: the first pass is always made. */
export function repeat(
  body: () => void,
  test: () => unknown,
  go: (() => Test) | undefined,
  site: string,
  get: Get = none,
  set: Set = () => {},
): void {
  body()
  const stays = go ? go() : true
  if (stays === false) return
  if (stays === true) return loop(test, undefined, body, go, site, get, set)
  tracedLoop({ test, update: undefined, body, go, site, names: namesIn(site), get, set })
}

/** Rows of a tensor that are unrolled; more of them are a loop of the program. */
const unrolledRows = 8

/** `for (const item of items) body(item)`. */
export function each(
  items: unknown,
  body: (item: never) => void,
  go: (() => Test) | undefined,
  site: string,
  get: Get = none,
  set: Set = () => {},
): void {
  const run = body as (item: unknown) => void // whatever the iterable gives
  if (items instanceof Tensor && isRecording() && (items.shape[0] ?? 0) > unrolledRows)
    return eachRow(items, run, go, site, get, set)
  for (const item of rows(items)) {
    const stays = go ? go() : true
    if (stays === false) return
    if (stays === true) run(item)
    else branch(stays, () => run(item), undefined, site, get, set)
  }
}

/** What a loop goes over: the rows of a tensor, or what any other iterable gives. */
export function rows(items: unknown): Iterable<unknown> {
  if (!(items instanceof Tensor)) return known(items) as Iterable<unknown> // JavaScript says what is none
  const count = items.shape[0]
  if (count === undefined) throw noRows()
  return Array.from({ length: count }, (_, k) => items.slice([k]))
}

function eachRow(
  items: Tensor,
  run: (item: unknown) => void,
  go: (() => Test) | undefined,
  site: string,
  get: Get,
  set: Set,
): void {
  let k = 0
  tracedLoop({
    test: () => lt(k, items.shape[0]!),
    update: () => {
      k = add(k, 1)
    },
    body: () => run(calls.gather(items, (k as unknown as Tensor).cast('int32'), 0)), // a tensor in a traced loop
    go,
    site,
    names: ['the row', ...namesIn(site)],
    get: () => [k, ...get()],
    set: ([next, ...rest]) => {
      k = next as number // what `get` gave
      set(rest)
    },
  })
}

/** The keys that `for…in` goes over. */
export function keys(of: object): string[] {
  const all: string[] = []
  for (const key in of) all.push(key)
  return all
}

/** `first` is what the test says before the first pass, where it has been asked. */
function tracedLoop(parts: Loop, first?: Tensor): void {
  const { test, go, get, set } = parts
  const asked = (): Tensor => asTensor(go ? and(go(), test) : testOf(test()))
  const before = get()
  try {
    if (carriedLoop(parts, asked)) return
  } catch (error) {
    if (!(error instanceof TestAssigns)) throw error
  }
  // The test does more than ask: so it belongs to the passes, and is asked once before them.
  set(before)
  carriedLoop(parts, asked, first ?? asked())
}

/** Undoes a try at a loop whose test assigns variables. */
class TestAssigns extends Error {}

/** Whether there was such a loop. With `first`, the passes carry what the test says; without it, the test may only ask. */
function carriedLoop({ update, body, go, site, names, get, set }: Loop, asked: () => Tensor, first?: Tensor): boolean {
  const before = get()
  const ahead = first ? 1 : 0
  const traced = withForms((foundForms, retry) => {
    const forms = before.map((value, i) => startForm(formOf(value), names[i]!, foundForms, site))
    const setTo = (state: readonly Tensor[]): void => {
      let position = ahead
      set(forms.map((form) => valueOf(form, () => state[position++]!)))
    }
    const condition = (state: readonly Tensor[]): Tensor => {
      if (first) return state[0]!
      setTo(state)
      const given = get()
      const goes = asked()
      if (get().some((value, i) => !Object.is(value, given[i]))) throw new TestAssigns()
      return goes
    }
    const results = whileLoop(
      condition,
      (state) => {
        setTo(state)
        body()
        if (update) branch(go ? go() : true, update, undefined, site, get, set)
        const goes = first ? [asked()] : []
        const after = get().map(formOf)
        const found = new Map<string, Form>()
        after.forEach((form, i) => {
          const start = forms[i]!
          if (start.kind === 'missing') {
            if (isResult(names[i]!) && form.kind !== 'missing') found.set(names[i]!, form)
          } else if (!fits(start, form))
            throw passesDiffer(names[i]!, formText(formOf(before[i])), formText(form), site)
        })
        if (found.size > 0) retry(found)
        return [...goes, ...after.flatMap((form, i) => (forms[i]!.kind === 'missing' ? [] : leavesOf(form)))]
      },
      [...(first ? [first] : []), ...forms.flatMap((form) => leavesOf(form))],
    )
    return results && { forms, results }
  })
  if (!traced) return false
  let position = ahead
  set(traced.forms.map((form) => valueOf(form, () => traced.results[position++]!)))
  return true
}

/** A variable as the loop begins: numbers and booleans may change from pass to pass. */
function startForm(form: Form, name: string, known: ReadonlyMap<string, Form>, site: string): Form {
  if (form.kind === 'missing') {
    const found = known.get(name)
    if (found) return blankForm(found)
    return isResult(name) ? form : { kind: 'missing', value: missing(() => assignedInLoop(name, site)) }
  }
  if (form.kind === 'boolean') return { ...form, tensor: asHostValue(form.tensor, 'boolean') }
  return form
}
