/**
 * Finds a field that seems to hold a secret, in objects and lists of any depth; null where there is none.
 *
 * Told by its name, such as `token`, `apiKey` or `access_token`, where its value is a text or a number; by a text that begins as keys do; or by
 * one that holds the value of an environment variable whose name ends in KEY, TOKEN, SECRET or PASSWORD. Returns the path to the
 * field, such as `metadata.token`, and never its value.
 */
export const secretField = (
  fields: Readonly<Record<string, unknown>>,
  environment: NodeJS.ProcessEnv = process.env
): string | null => {
  const known = Object.entries(environment).flatMap(([name, value = ""]) =>
    secretVariable.test(name) && value.trim().length >= shortestKnown ? [value.trim()] : []
  )
  const search = (path: string, name: string, value: unknown): string | null => {
    if (typeof value === "string" || typeof value === "number") {
      const text = String(value)
      const isSecret =
        (text !== "" && secretName.test(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""))) ||
        secretStart.test(text) ||
        known.some((secret) => text.includes(secret))
      return isSecret ? path : null
    }
    if (typeof value !== "object" || value === null) return null
    return Object.entries(value)
      .map(([inner, held]) => search(path === "" ? inner : `${path}.${inner}`, inner, held))
      .reduce((first, found) => first ?? found, null)
  }
  return search("", "", fields)
}

/** Shorter values of variables are often words. */
const shortestKnown = 16

const secretVariable = /(KEY|TOKEN|SECRET|PASSWORD)$/i

/** A name in small letters and digits alone. Models have tokens that are no secrets, such as `eos_token`. */
const secretName =
  /^(token|auth|bearer|cookie|jwt|pat)$|(api|access|secret|private|subscription|master)key$|(api|access|auth|bearer|session|refresh|hf)token$|(authorization|passw(or)?d|secret|credentials?)$/

const secretStart = /^((bearer|basic) +\S|sk-[\w-]{16}|(hf|gsk|ghp)_\w{16})/i
