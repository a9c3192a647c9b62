import { type VoteFacts, VoteTable } from "../../src/cleaners/VoteTable.ts"

/** A vote: its pair, who gave it, what it says, and what else is known of it. */
export type Told = readonly [
  pair: string,
  annotator: string | null,
  verdict: VoteFacts["verdict"],
  more?: Partial<VoteFacts>
]

/** Votes between "a" and "b", where "a" is side A. */
export const columnsOf = (...votes: ReadonlyArray<Told>) => {
  const table = new VoteTable()
  for (const [pairId, annotator, verdict, more] of votes) {
    table.add({
      pairId,
      promptId: null,
      firstId: "a",
      secondId: "b",
      annotator,
      verdict,
      scoreFirst: null,
      scoreSecond: null,
      lengthFirst: null,
      lengthSecond: null,
      sidesRecorded: true,
      ...more
    })
  }
  return table.columns()
}
