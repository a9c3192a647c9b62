import { findVoteColumns } from "../formats/findVoteColumns.ts"
import { type NamedColumns, pathText, type SeenColumn } from "../formats/VoteColumns.ts"
import { isProblem } from "../formats/VoteSides.ts"

/**
 * Says which column tells the better of two replies, where they are named as chosen and rejected and it is not; empty where none is known to.
 *
 * It is one by which the columns would be read as votes on these two, were none named.
 */
export const unusedLabel = (columns: ReadonlyArray<SeenColumn>, named: NamedColumns): string => {
  const votes = findVoteColumns(columns, {})
  if (isProblem(votes) || votes.sides === null || votes.labels.length === 0) return ""
  const sides = new Set<string | undefined>([pathText(votes.sides.first), pathText(votes.sides.second)])
  if (!sides.has(named.chosen) || !sides.has(named.rejected)) return ""
  const names = votes.labels.map(({ path }) => JSON.stringify(pathText(path))).join(", ")
  return `; the label ${names} was not used: name it with --label where it says which of the two is better`
}
