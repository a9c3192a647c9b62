import { findVoteColumns } from "../formats/findVoteColumns.ts"
import { type NamedColumns, pathText, type SeenColumn } from "../formats/VoteColumns.ts"
import { isProblem } from "../formats/VoteSides.ts"

/** Says which column may tell the better of two replies that are taken for chosen and rejected, by its name; empty where none does. */
export const unusedLabel = (columns: ReadonlyArray<SeenColumn>, named: NamedColumns): string => {
  const votes = findVoteColumns(columns, named)
  if (isProblem(votes) || votes.unused.length === 0) return ""
  const names = votes.unused.map((path) => JSON.stringify(pathText(path))).join(", ")
  return `; the label ${names} was not used: name it with --label where it says which of the two is better`
}
