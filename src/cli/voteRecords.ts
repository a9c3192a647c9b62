import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Holding } from "../formats/Format.ts"
import { recordOfVotes } from "../formats/recordOfVotes.ts"
import { VotePool } from "../formats/VotePool.ts"
import type { VoteRow } from "../formats/VoteRow.ts"
import { Rejects } from "../Rejects.ts"
import { Run } from "../Run.ts"
import type { InputRecords } from "./ConvertInput.ts"
import type { FoundVotes } from "./readVotes.ts"
import { RowPlaces } from "./RowPlaces.ts"
import { isOfSplits, type RowsOf } from "./SplitColumn.ts"

const pooledRows = "rows with votes on the pair of an earlier row, which are pooled with it"

/**
 * The records of votes: one a row, or with `pooled` one a pair, at the place of its first row and with the votes of all its rows.
 *
 * Pooling reads the files twice and keeps ids and votes, see `VotePool`; it counts in it the rows that give no record of their own.
 */
export const voteRecords = (
  { batchesOf, columns }: FoundVotes,
  names: ReadonlyArray<string>,
  {
    only,
    pooled,
    style
  }: { readonly style: Holding["style"]; readonly only: RowsOf; readonly pooled: Map<string, number> | null }
): InputRecords["records"] =>
  Stream.unwrap(
    Effect.gen(function* () {
      const pool = pooled === null ? null : new VotePool()
      const run = yield* Run
      // Rows that cannot be read are rejected once, by the second pass of the rows that they count among.
      const unseen = { ...run, rejects: new Rejects(path.join(run.spool, "pool")) }
      const isMeant = ({ split }: VoteRow) => only === null || isOfSplits(only, split)
      if (pool !== null) {
        yield* Stream.runForEach(batchesOf(names), ({ rows }) =>
          Effect.sync(() => {
            for (const vote of rows) if (isMeant(vote)) pool.add(vote)
          })
        ).pipe(Effect.provideService(Run, unseen))
      }
      const places = new RowPlaces()
      const options = { hasTexts: columns.hasTexts, style }
      const recordsOf = (votes: ReadonlyArray<VoteRow>) => {
        const [first] = votes
        if (first === undefined) return []
        const { split } = first
        const at = () => ({ ...places.at(first.rowIndex), split })
        if (pool === null) return [{ ...at(), record: recordOfVotes(votes, options) }]
        const found = pool.take(first)
        if (found === null) return []
        const { nRows, votes: all } = found
        if (nRows > 1) pooled!.set(pooledRows, (pooled!.get(pooledRows) ?? 0) + nRows - 1)
        return [{ ...at(), record: recordOfVotes(all, options), nRows }]
      }
      let waiting: ReadonlyArray<VoteRow> = []
      const batches = Stream.provideService(batchesOf(names, places), Run, only?.withFlaws === false ? unseen : run)
      const grouped = Stream.map(batches, ({ rows }) => {
        const meant = only === null ? rows : rows.filter(isMeant)
        const groups = [...Map.groupBy([...waiting, ...meant], ({ rowIndex }) => rowIndex).values()]
        waiting = groups.pop() ?? []
        return groups.flatMap(recordsOf)
      })
      return Stream.concat(
        grouped,
        Stream.suspend(() => Stream.make(recordsOf(waiting)))
      )
    })
  )
