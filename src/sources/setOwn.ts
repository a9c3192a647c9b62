/** Sets a value under any name; an assignment takes `__proto__` for the prototype and loses the value. */
export const setOwn = (into: Record<string, unknown>, name: string, value: unknown): void => {
  if (name === "__proto__") {
    Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true })
  } else into[name] = value
}
