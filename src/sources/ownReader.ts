/**
 * Makes the function that reads what an object has of itself under a name, `undefined` where it has nothing.
 *
 * Under a name such as "constructor" or `__proto__` every object has something unless one looks closer.
 */
export const ownReader = (name: string): ((object: object) => unknown) =>
  name in Object.prototype
    ? (object) => (Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined)
    : (object) => (object as Record<string, unknown>)[name]
