/**
 * Finds a field that seems to hold a secret, in objects and lists of any depth; null where there is none.
 *
 * Told by its name, such as `token`, `apiKey` or `access_token`, where there is a text or a number in it; by a text that begins as keys do; or
 * by one that holds the value of an environment variable whose name ends in KEY, TOKEN, SECRET or PASSWORD. What a JSON schema says of a field
 * of such a name is none. Returns the path to the field, such as `metadata.token`, and never its value; a name that is itself a secret is
 * `[secret]` in it.
 */
export const secretField = (
  fields: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env
): string | null => {
  const known = Object.entries(environment).flatMap(([name, value = ""]) =>
    secretVariable.test(name) && value.trim().length >= shortestKnown ? [value.trim()] : []
  )
  const isSecret = (text: string) => beginsAsSecret(text) || known.some((secret) => text.includes(secret))
  const search = (place: Place, value: unknown): string | null => {
    if (typeof value === "string" || typeof value === "number") {
      const text = String(value)
      return (text !== "" && place.isNamed) || isSecret(text) ? place.path : null
    }
    if (typeof value !== "object" || value === null) return null
    for (const [name, held] of Object.entries(value)) {
      const below = (shown: string) => (place.path === "" ? shown : `${place.path}.${shown}`)
      if (isSecret(name)) return below("[secret]")
      const isText = typeof held !== "object"
      const isNamed = (isText || !inSchema.test(place.name)) && secretName.test(plain(name))
      const found = search({ path: below(name), name, isNamed: isNamed || place.isNamed }, held)
      if (found !== null) return found
    }
    return null
  }
  return search({ path: "", name: "", isNamed: false }, fields)
}

/** Where a value stands. */
interface Place {
  readonly path: string
  /** The last name of the path. */
  readonly name: string
  /** Whether that name, or one before it, says that a secret is there. */
  readonly isNamed: boolean
}

/** Small letters and digits alone. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "")

/** Shorter values of variables are often words. */
const shortestKnown = 16

const secretVariable = /(KEY|TOKEN|SECRET|PASSWORD)$/i

/** A name in small letters and digits alone. Models have tokens that are no secrets, such as `eos_token`. */
const secretName =
  /^(token|auth|bearer|cookie|jwt|pat)$|(api|access|secret|private|subscription|master)key$|(api|access|auth|bearer|session|refresh|hf)token$|(authorization|passw(or)?d|secret|credentials?)$/

/** What of a JSON schema has names of fields below it. */
const inSchema = /^(\$defs|definitions|dependencies|dependent(Schemas|Required)|(pattern)?properties)$/i

const beginsAsSecret = (text: string): boolean => {
  if (/^(sk-[\w-]{16}|(hf|gsk|ghp)_[a-zA-Z0-9]{16})/.test(text)) return true
  const [, scheme = "", token = ""] = /^(basic|bearer) +(\S+)$/i.exec(text) ?? []
  // A word may stand behind either: a bearer's token is told by its length and digits, the other by what it is the Base64 of.
  if (scheme.toLowerCase() === "bearer") return token.length >= 8 && /\d|[a-z][A-Z]/.test(token)
  const credentials = Buffer.from(token, "base64").toString()
  return credentials.includes(":") && !credentials.includes("\ufffd")
}
