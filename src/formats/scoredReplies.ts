import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import { FormatFlaw, type Preference } from "./Format.ts"
import { orderOf, replyFlaw } from "./PairRules.ts"
import { plainText } from "./PlainTexts.ts"

/** A reply of a list with its text, its score and its rank, 1 for the best and the same for equals. */
export interface ScoredReply {
  readonly candidate: PreferenceCandidate
  readonly text: string
  readonly score: number
  readonly rank: number
}

/**
 * Takes the replies of a record for a list that holds a score of each, in the order of the record.
 *
 * Refuses what teaches a trainer nothing: replies without an order, replies that are all equally good, an empty reply, the same text twice, and
 * a reply without a score. `column` is where the flaw is said to be.
 */
export const scoredReplies = ({ candidates }: Preference, column: string): ReadonlyArray<ScoredReply> | FormatFlaw => {
  const order = orderOf(candidates)
  if (order instanceof FormatFlaw) return order
  const levels = [...new Set(order)].toSorted((a, b) => a - b)
  if (levels.length === 1) {
    return new FormatFlaw("tie", column, "replies that are equally good", "one that is better")
  }
  const replies: Array<ScoredReply> = []
  const seen = new Set<string>()
  for (const [i, candidate] of candidates.entries()) {
    const flaw = replyFlaw(candidate, column)
    if (flaw !== undefined) return flaw
    const text = plainText(candidate.messages, column)
    if (text instanceof FormatFlaw) return text
    if (seen.has(text)) return new FormatFlaw("identical replies", column, "the same text twice", "each text once")
    const { score } = candidate
    if (score === null) return new FormatFlaw("no score", column, "a reply without a score", "a score of each")
    seen.add(text)
    replies.push({ candidate, text, score, rank: levels.indexOf(order[i]!) + 1 })
  }
  return replies
}
