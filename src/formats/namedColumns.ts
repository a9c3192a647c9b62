import type { Format, Look } from "./Format.ts"
import { FormatFlaw } from "./Format.ts"
import { columnOf, holds } from "./LookedAt.ts"
import { otherColumns, pairReader } from "./PairFormat.ts"
import { readStyled, showsTools, styleOf } from "./PlainTexts.ts"
import { pairNames } from "./SideColumns.ts"
import type { NamedColumns } from "./VoteColumns.ts"

/**
 * Makes the reader of pairs whose columns a person names: prompt, chosen and rejected, and the scores where they are named too.
 *
 * All three hold texts, or all three messages. Other columns are fields where their names are the usual ones, and kept otherwise.
 */
export const namedColumns = (look: Look, named: NamedColumns): ReturnType<Format["reader"]> => {
  const { chosen, prompt, rejected, scoreChosen, scoreRejected } = named
  if (chosen === undefined || prompt === undefined || rejected === undefined) {
    return otherColumns(look, "names for all three of the prompt, the chosen and the rejected reply")
  }
  const missing = Object.values(named).find((name) => name !== undefined && columnOf(look, name) === undefined)
  if (missing !== undefined) return otherColumns(look, `a column "${missing}"`)
  if ((scoreChosen === undefined) !== (scoreRejected === undefined)) {
    return otherColumns(look, "names for the scores of both replies, or of none")
  }
  const scores = scoreChosen === undefined || scoreRejected === undefined ? null : [scoreChosen, scoreRejected]
  const noScore = scores?.find((name) => !holds(look, name, "number"))
  if (noScore !== undefined) return otherColumns(look, `numbers in the column "${noScore}"`)
  const style = styleOf(look, [prompt, chosen, rejected])
  if (style === null) return otherColumns(look, "texts in all three columns, or messages in all three")
  return pairReader(look, {
    style,
    parts: [
      { part: "prompt", column: prompt },
      { part: "chosen", column: chosen },
      { part: "rejected", column: rejected }
    ],
    hasToolCalls: style === "messages" && showsTools(look, [prompt, chosen, rejected]),
    names: scores === null ? pairNames : { ...pairNames, scores },
    texts: (row) => {
      const context = readStyled(row, prompt, style, "user")
      if (context instanceof FormatFlaw) return context
      const better = readStyled(row, chosen, style, "assistant")
      if (better instanceof FormatFlaw) return better
      const worse = readStyled(row, rejected, style, "assistant")
      return worse instanceof FormatFlaw ? worse : { context, chosen: better, rejected: worse }
    }
  })
}
