import type { VoteColumns } from "../cleaners/VoteTable.ts"
import * as Figure from "../Figure.ts"

/**
 * Warns of pairs with several votes with a winner that say nobody's name: they count as votes of one annotator, who has one opinion of a pair.
 *
 * Empty without such pairs. Whether one person asked again or several people voted, such data cannot tell.
 */
export const anonymousVotes = ({
  annotator,
  annotators,
  item,
  prompt,
  side
}: VoteColumns): ReadonlyArray<{ readonly code: string; readonly message: string }> => {
  const nobody = annotators.indexOf(null)
  if (nobody < 0) return []
  const nVotes = new Int32Array(prompt.length)
  for (let v = 0; v < item.length; v++) if (annotator[v] === nobody && side[v] !== 0) nVotes[item[v]!]!++
  const several = nVotes.filter((n) => n > 1)
  if (several.length === 0) return []
  const all = several.reduce((sum, n) => sum + n, 0)
  return [
    {
      code: "anonymousVotes",
      message:
        `${Figure.count(all)} votes on ${Figure.counted(several.length, "pair")} do not say who voted, and nothing tells whether one person did or several: ` +
        "all of them on a pair count as one opinion of one annotator, repeated or contradicted. Name the column that tells people apart with --annotator"
    }
  ]
}
