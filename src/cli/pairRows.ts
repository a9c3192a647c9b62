import type { CleanedPairs } from "../cleaners/cleanVotes.ts"
import type { PlacedVotes } from "../cleaners/recordPairs.ts"
import type { VoteColumns } from "../cleaners/VoteTable.ts"
import type { Suspect } from "../Findings.ts"
import { valueAt, type VoteColumns as ReadColumns } from "../formats/VoteColumns.ts"
import type { Run } from "../Run.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "../sources/FoundRows.ts"
import { portableName } from "../sources/portableName.ts"
import { rejectReason } from "../sources/rejectReason.ts"
import { asText } from "./cleanColumns.ts"
import { type CleanedRow, type CleanedRows, type PairFacts, WrongValue } from "./cleanedRows.ts"
import type { CleanTally } from "./CleanTally.ts"

/** What is known when rows are read again. */
export interface PairRowsInput {
  readonly votes: Required<PlacedVotes>
  readonly pairs: CleanedPairs
  readonly read: ReadColumns
  readonly made: CleanedRows
  /** The split that the name of a file shows. */
  readonly splits: ReadonlyMap<string, string | null>
  readonly tally: CleanTally
  readonly run: Run["Service"]
}

/** Why a row is not the row of its pair. */
interface Left {
  readonly reason: string
  readonly detail: string
}

const stage = "pair"

/**
 * Makes the rows of pairs of the rows of files, which have to come in the order in which the votes were read.
 *
 * A row becomes the row of its pair where its vote stands for it; any other with votes is a reject with its content. Rows without votes were
 * rejected when these were read.
 */
export const pairRows = (input: PairRowsInput): ((found: FoundRows) => ReadonlyArray<CleanedRow>) => {
  const { made, pairs, read, run, splits, tally, votes } = input
  const counts = run.progress.stage(stage)
  const pairOfRow = new Int32Array((votes.row.at(-1) ?? -1) + 1).fill(-1)
  for (const [v, row] of votes.row.entries()) pairOfRow[row] = pairs.pairOfVote[v]!
  let row = -1

  const placed = (raw: FoundRow | RowFlaw, g: number, place: string, file: string): CleanedRow | Left => {
    const cannotKeep = (found: string, wanted: string) => `Cannot keep ${place}: found ${found}, expected ${wanted}`
    if (raw instanceof RowFlaw) return { reason: raw.reason, detail: cannotKeep(raw.found, raw.wanted) }
    const mine = made.ownOf(raw)
    if (mine instanceof WrongValue) {
      const { column, mismatch, value } = mine
      const detail = `${cannotKeep(mismatch.found, mismatch.wanted)} in column "${mismatch.column}"`
      return { reason: rejectReason(column, value), detail }
    }
    const vote = pairs.vote[g]!
    if (pairs.side[g] === 0) return { reason: whyNone(votes.columns, vote), detail: JSON.stringify(mine) }
    if (votes.row[vote] !== row) return { reason: "another row of its pair was kept", detail: JSON.stringify(mine) }
    const pair = factsOf(input, g)
    const result = made.rowOf(raw, mine, splits.get(file) ?? null, pair)
    tally.see(g, () => suspectOf(raw, result, pair, votes.columns, vote, read))
    return result
  }

  return ({ file, numbers, rows, unit }) => {
    const written: Array<CleanedRow> = []
    for (const [at, raw] of rows.entries()) {
      row++
      const g = pairOfRow[row] ?? -1
      if (g < 0) continue
      counts.rowsIn++
      const told = portableName(file)
      const result = placed(raw, g, `${unit} ${numbers[at]!} of "${told}"`, file)
      if ("chosen" in result) {
        written.push(result)
        continue
      }
      counts.rejected++
      run.rejects.add({ id: `${told}:${numbers[at]!}`, stage, reason: result.reason, detail: result.detail })
    }
    counts.rowsOut += written.length
    return written
  }
}

const factsOf = ({ pairs, votes }: PairRowsInput, g: number): PairFacts => {
  const { side, verdict } = votes.columns
  const vote = pairs.vote[g]!
  const labelProb = pairs.labelProb[g]!
  return {
    firstIsBetter: (verdict[vote] === 1) === (side[vote] === pairs.side[g]),
    labelProb: Number.isNaN(labelProb) ? null : labelProb,
    flagged: pairs.flagged[g] === 1,
    votesFor: pairs.nFor[g]!,
    votesAgainst: pairs.nAgainst[g]!
  }
}

const whyNone = ({ first, second, verdict }: VoteColumns, vote: number): string =>
  first[vote] === second[vote] ? "same texts" : verdict[vote] === 0 ? "tie" : "unreadable label"

const suspectOf = (
  raw: FoundRow,
  { chosen, rejected }: CleanedRow,
  { labelProb }: PairFacts,
  { annotator, annotators }: VoteColumns,
  vote: number,
  { prompt }: ReadColumns
): Suspect => ({
  prompt: prompt.map((path) => asText(valueAt(raw, path)) ?? "").join("\n\n"),
  chosen: asText(chosen) ?? "",
  rejected: asText(rejected) ?? "",
  annotator: annotators[annotator[vote]!] ?? "",
  labelProb: labelProb!,
  pModel: 0.5,
  plantedCorrect: null
})
