/**
 * Writes a JSON value with sorted keys and no white space, so that equal values give equal text.
 *
 * Keys whose value is `undefined` are left out, as `JSON.stringify` does. Numbers are written as JavaScript writes them.
 */
export const canonicalJson = (value: unknown): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null"
  let text = ""
  if (Array.isArray(value)) {
    for (const item of value) text += (text === "" ? "" : ",") + canonicalJson(item)
    return `[${text}]`
  }
  const object = value as Record<string, unknown>
  for (const key of sortedKeys(object)) {
    const member = object[key]
    if (member !== undefined) text += (text === "" ? "" : ",") + quoted(key) + canonicalJson(member)
  }
  return `{${text}}`
}

/** Most objects have few keys, which insertion sorts in place. */
const sortedKeys = (object: object): ReadonlyArray<string> => {
  const keys = Object.keys(object)
  if (keys.length > 32) return keys.sort()
  for (let n = 1; n < keys.length; n++) {
    const key = keys[n]!
    let at = n
    for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!
    keys[at] = key
  }
  return keys
}

/** Keys of requests are the same few names over and over. */
const quotedKeys = new Map<string, string>()

const quoted = (key: string): string => {
  const known = quotedKeys.get(key)
  if (known !== undefined) return known
  const text = `${JSON.stringify(key)}:`
  if (quotedKeys.size < 1000) quotedKeys.set(key, text)
  return text
}
