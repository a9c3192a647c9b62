import type { Invariant } from "./Invariant.ts"
import { normaliseWhitespace } from "./normaliseWhitespace.ts"

/**
 * Makes the check that a text is at most `most` times as long or as short as it was, in characters after white space is normalised.
 *
 * An empty original passes.
 */
export const keepsLength = (most = 2): Invariant => {
  if (!(most >= 1)) throw new RangeError(`Cannot make keepsLength: found ${most}, expected a number of at least 1`)
  const check: Invariant = (before, after) => {
    const was = normaliseWhitespace(before).length
    const is = normaliseWhitespace(after).length
    if (was === 0 || (is <= most * was && was <= most * is)) return null
    return `the text has ${is} characters, it has to have ${Math.ceil(was / most)} to ${Math.floor(most * was)}`
  }
  return Object.defineProperty(check, "name", { value: `keepsLength(${most})` })
}
