import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { textEvidence, type TextEvidence } from "../cleaners/textEvidence.ts"
import { TextSample } from "../cleaners/TextSample.ts"
import type { PlacedVotes } from "../cleaners/recordPairs.ts"
import { VoteTable } from "../cleaners/VoteTable.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import type { Run } from "../Run.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { FoundVotes } from "./readVotes.ts"

/** What cleaning needs of votes besides the numbers. */
export interface CleanVoteOptions {
  readonly trusted: ReadonlyArray<string>
  /** Whether a model of the texts is wanted. */
  readonly withTexts: boolean
  /** Called with every row that has votes. */
  readonly seen: (rowIndex: number) => void
}

/** The votes of files as numbers, with where they stand. */
export interface CleanVoteTable {
  readonly votes: Required<PlacedVotes>
  /** Per pair, a number made of its id, which breaks ties. */
  readonly itemKey: Int32Array
  /** What the texts tell, and per pair the gap of side A; null where they were not asked. */
  readonly texts: { readonly evidence: TextEvidence; readonly gap: Float64Array } | null
}

/**
 * Reads votes once and keeps numbers: some 55 bytes a vote and 100 a pair; with texts, what `TextSample` holds at most.
 *
 * The texts of trusted votes are not learned from.
 */
export const cleanVoteTable = Effect.fnUntraced(function* (
  { batches }: FoundVotes,
  { seen, trusted, withTexts }: CleanVoteOptions
): Effect.fn.Return<CleanVoteTable, SourceError, Run> {
  const table = new VoteTable()
  const pairs = new HashIndex()
  const row = new TypedList(Int32Array)
  const part = new TypedList(Int32Array)
  const parts = new Map<string | null, number>()
  const sample = new TextSample()
  yield* Stream.runForEach(batches, ({ rows }) =>
    Effect.sync(() => {
      for (const vote of rows) {
        const { annotator, first, firstId, second, secondId, split, verdict } = vote
        table.add({ ...vote, lengthFirst: null, lengthSecond: null })
        // Numbers pairs as the table does, and keeps what the ids hash to.
        pairs.add(vote.pairId)
        row.push(vote.rowIndex)
        const known = parts.get(split) ?? parts.size
        parts.set(split, known)
        part.push(known)
        if (!withTexts || first === null || second === null || trusted.includes(annotator ?? "")) continue
        if ((verdict === "first" || verdict === "second") && firstId !== secondId) {
          sample.add({ ...vote, first, second, verdict })
        }
      }
      const last = rows.at(-1)
      if (last !== undefined) seen(last.rowIndex)
    })
  )
  const itemKey = Int32Array.from({ length: pairs.size }, (_, i) => pairs.word(i, 0))
  const votes = { columns: table.columns(), row: row.values, part: part.values }
  if (!withTexts) return { votes, itemKey, texts: null }
  const evidence = textEvidence(sample.pairs())
  const gap = new Float64Array(itemKey.length).fill(Number.NaN)
  for (const [pairId, value] of evidence.gap) gap[pairs.add(pairId)] = value
  return { votes, itemKey, texts: { evidence, gap } }
})
