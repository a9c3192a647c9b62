import { finalAnswer } from "./finalAnswer.ts"
import type { Invariant } from "./Invariant.ts"

/**
 * Makes the check that a text still gives the same final answer.
 *
 * `read` takes the answer out of a text, null where there is none; default `finalAnswer`. White space and case do not count. A text
 * whose original has no answer to be read passes.
 */
export const keepsAnswer = (read: (text: string) => string | null = finalAnswer): Invariant => {
  const check: Invariant = (before, after) => {
    const wanted = read(before)
    if (wanted === null) return null
    const found = read(after)
    if (found !== null && plain(found) === plain(wanted)) return null
    return `the final answer is ${found === null ? "missing" : `"${found}"`}, it has to stay "${wanted}"`
  }
  return Object.defineProperty(check, "name", { value: `keepsAnswer(${read.name})` })
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, " ").trim()
