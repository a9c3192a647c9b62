import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import { candidateScores } from "../aggregations/candidateScores.ts"
import { type Contender, contenders } from "../pairings/Contender.ts"

/** What is read of a group. */
interface GroupRow {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
  readonly labels?: ReadonlyArray<Label>
}

/**
 * The candidates of a group that can stand in a data set, with their scores and mean ratings.
 *
 * Left out are empty texts and those cut off, by the limit or by a filter. Scores come from cleaned labels where there are any, else
 * from comparisons, else from ratings (see `candidateScores`); ratings are kept axis by axis.
 */
export const usableContenders = (row: GroupRow): ReadonlyArray<Contender> => {
  const usable = row.candidates.filter(
    ({ finishReason, text }) => text.trim() !== "" && finishReason !== "length" && finishReason !== "contentFilter"
  )
  const sums = new Map(usable.map(({ id }) => [id, new Map<string, { sum: number; n: number }>()]))
  for (const { axis, firstId, score, secondId } of row.judgments) {
    if (secondId !== null || score === null) continue
    const ofOne = sums.get(firstId)
    if (ofOne === undefined) continue
    let total = ofOne.get(axis)
    if (total === undefined) ofOne.set(axis, (total = { sum: 0, n: 0 }))
    total.sum += score
    total.n++
  }
  const ratings = usable.map(({ id }) => {
    const means = new Map<string, number>()
    for (const [axis, { n, sum }] of sums.get(id)!) means.set(axis, sum / n)
    return means
  })
  return contenders(usable, candidateScores(usable, row.judgments, row.labels), ratings)
}
