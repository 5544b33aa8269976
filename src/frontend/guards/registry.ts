/** Objects that functions reach through their closures, where nothing else tells of them: modules and optimizers. */
const registered = new Set<WeakRef<object>>()

/** Has the object's fields watched in every recording, so that one that a function read is a guard of its program. */
export function registerForGuards(object: object): void {
  registered.add(new WeakRef(object))
}

/** Those that still live. */
export function registeredObjects(): object[] {
  const alive: object[] = []
  for (const reference of registered) {
    const object = reference.deref()
    if (object) alive.push(object)
    else registered.delete(reference)
  }
  return alive
}
