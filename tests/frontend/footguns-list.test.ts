import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** Bugs that users of other tracing compilers ran into, and the tests that the compiled function does what the eager one does, or says why not. */
const [core, state, guards] = ['footguns', 'footguns-of-state', 'footguns-of-guards']

const footguns: readonly (readonly [says: string, ...tests: (readonly [file: string | undefined, name: string])[]])[] =
  [
    [
      'a closure number is changed after the first call',
      [guards, 'A number of the enclosing scope that is changed after'],
    ],
    [
      'a branch on a host value is frozen to the side first taken',
      [core, 'A branch on a host value that the function reads'],
    ],
    ['the output buffer is reused', [core, 'The output buffer is not reused'], [state, 'of what was returned before']],
    ['the same tensor is passed twice', [core, 'The same tensor may be passed twice']],
    [
      'an argument is positional once, and inside an object then',
      [core, 'An argument may be passed'],
      [guards, 'An argument passed'],
    ],
    [
      'a hybridized function inside another',
      [core, 'A hybridized function may be inside'],
      [guards, 'A hybridized function may call itself'],
    ],
    [
      'a hybridized method on two instances',
      [core, 'A hybridized method works on'],
      [guards, 'A hybridized method on two instances'],
    ],
    ['a view with another offset or stride and equal shape', [core, 'A view with another offset']],
    ['random numbers repeat on every call', [core, 'Random numbers do not repeat']],
    ['an unused input', [core, 'An input may be unused']],
    ['indexing means something else when traced', [core, 'Indexing means the same']],
    [
      'in-place update of an argument, a view, a shared tensor',
      [state, 'of an argument happens to the caller’s'],
      [state, 'of a view of state'],
      [state, 'of a tensor that the caller also holds'],
    ],
    [
      'another shape, dtype or nesting after compilation',
      [core, 'Another shape, dtype or nesting'],
      [guards, 'Another shape, dtype or nesting says'],
    ],
    [
      'a learning-rate schedule recompiles, or freezes',
      [state, 'A learning-rate schedule'],
      [guards, 'A learning rate that JavaScript also'],
    ],
    ['a print inside', [core, 'A print inside prints at every call']],
    ['an exception inside, before and after a state write', [state, 'An exception inside, %s a state write']],
    ['the error line of an asynchronous failure', [core, 'The error of a compiled call has the line']],
    ['pushing to an array in a loop', [core, 'Pushing to an array in a loop']],
    ['a variable defined in only one branch', [guards, 'A variable defined in only one branch']],
    ['a loop that runs zero times', [core, 'A loop may run zero times']],
    [
      'an early return inside a tensor condition',
      [guards, 'A variable defined in only one branch, and an early return'],
    ],
    ['a traced tensor kept and used later', [core, 'A traced tensor kept and used later']],
    [
      'gradients asked for in one call and not in the next',
      [state, 'Gradients may be asked for'],
      [guards, 'Gradients asked for in one call'],
    ],
    [
      'training mode switched between calls',
      [state, 'Training mode may be switched'],
      [guards, 'Training mode of a part'],
    ],
    ['an output that is an input, or the same tensor returned twice', [core, 'An output may be an input']],
    [
      'a constant tensor created inside the function',
      [core, 'A constant tensor may be created'],
      [guards, 'A constant tensor made inside of data'],
    ],
    [
      'object keys in another order',
      [core, 'Object keys may come in another order'],
      [guards, 'Keys in another order'],
    ],
    ['Math.random() and Date.now() in the function', [guards, 'Random numbers and clocks of the host']],
    ['eager code changes a parameter between two compiled calls', [state, 'Eager code may change a parameter']],
    ['two compiled functions share parameters', [state, 'Two compiled functions may share']],
    [
      'a compiled function is called from a callback while another runs',
      [core, 'A compiled function may be called from a callback'],
    ],
    [
      'a module is loaded from a checkpoint after compilation',
      [state, 'A module may be loaded from a checkpoint'],
      [guards, 'A layer that is replaced after'],
    ],
  ]

test('the list is whole', () => expect(footguns).toHaveLength(32))

test.each(footguns.map((each, i) => [i + 1, ...each] as const))('%i. %s: has its tests', (_, _says, ...tests) => {
  for (const [file, name] of tests)
    expect(readFileSync(new URL(`${file}.test.ts`, import.meta.url), 'utf8')).toContain(`'${name}`)
})
