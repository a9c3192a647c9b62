import type { Invariant } from "./Invariant.ts"

/**
 * Makes the check that a text still ends as it did: its last characters, white space at the end aside.
 *
 * `nCharacters` counts UTF-16 code units, default 80; a shorter text has to be the ending as a whole.
 */
export const keepsEnding = (nCharacters = 80): Invariant => {
  const check: Invariant = (before, after) => {
    const ending = before.trimEnd().slice(-nCharacters)
    return after.trimEnd().endsWith(ending) ? null : `the text has to end with "${ending}"`
  }
  return Object.defineProperty(check, "name", { value: `keepsEnding(${nCharacters})` })
}
