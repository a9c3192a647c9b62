import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import * as Figure from "../Figure.ts"
import { Run } from "../Run.ts"
import { absentRemedy } from "./absentRemedy.ts"
import { type FoundRow, type FoundRows, RowFlaw } from "./FoundRows.ts"
import { portableName } from "./portableName.ts"
import { SourceError } from "./SourceError.ts"

/** What every source can be told. */
export interface SourceOptions {
  /**
   * The largest share of the rows read that may be rejected; above it the stream fails. Looked at from the 200th row on and at
   * the end. Default 0.05.
   */
  readonly maxRejectShare?: number
  /** Rows in a batch at most. Default 512. */
  readonly batchSize?: number
}

/** Adds what one row of a file gives to `into`, or says what is wrong with it; `index` counts all rows read, from 0. */
export type RowMaker<A> = (row: FoundRow, index: number, into: Array<A>, file: string) => RowFlaw | undefined

/** Rows that have to be read before a share of rejects means something. */
const nBeforeShare = 200

/**
 * Makes rows of those found in files, and cuts them into batches.
 *
 * A row with a flaw is rejected with file, place, column, found and wanted, and counted. When the share of such rows passes the
 * limit, the stream fails with the first of them. One pull of `found` is in memory; batches never span two. What one row gives
 * stays together, so that a batch is longer than asked for when a row gives several. The run gets to know the files, so that no sink replaces one.
 */
export const makeRows = <A>(
  key: string,
  options: SourceOptions & {
    /** What raises the limit where it is no option of a source. */
    readonly shareOption?: string
  },
  found: Stream.Stream<FoundRows, SourceError>,
  make: RowMaker<A>
): Stream.Stream<Batch.Batch<A>, SourceError, Run> => {
  const batchSize = options.batchSize ?? Batch.defaultSize
  const maxRejectShare = options.maxRejectShare ?? 0.05
  return Stream.unwrap(
    Effect.gen(function* () {
      const run = yield* Run
      const counts = run.progress.stage(key)
      let index = 0
      let nRead = 0
      let nRejected = 0
      let first: SourceError | undefined
      let remedy = ""

      const reject = (from: FoundRows, i: number, flaw: RowFlaw): void => {
        const { file, unit } = from
        const place = `${unit} ${from.numbers[i]}`
        const flawed = { place, column: flaw.column, found: flaw.found, wanted: flaw.wanted }
        if (first === undefined) {
          first = new SourceError({ file, ...flawed })
          if (flaw.reason === "missing column") remedy = absentRemedy(flaw.column)
        }
        nRejected++
        counts.rejected++
        const told = portableName(file)
        const { message } = new SourceError({ file: told, ...flawed })
        run.rejects.add({ id: `${told}:${from.numbers[i]}`, stage: key, reason: flaw.reason, detail: message })
      }

      const tooMany = (): SourceError | undefined =>
        first !== undefined && nRejected > maxRejectShare * nRead
          ? new SourceError({
              file: first.file,
              place: first.place,
              column: first.column,
              found: `${Figure.counted(nRejected, "bad row")} in ${Figure.count(nRead)}, the first with ${first.found}`,
              wanted: `${first.wanted}${remedy}; to accept more than ${Number((maxRejectShare * 100).toPrecision(6))} % of bad rows, raise ${options.shareOption ?? 'the option "maxRejectShare"'}`
            })
          : undefined

      const check = (from: FoundRows): Effect.Effect<ReadonlyArray<Batch.Batch<A>>, SourceError> =>
        Effect.suspend(() => {
          run.inputs.add(from.file)
          const batches: Array<Batch.Batch<A>> = []
          let rows: Array<A> = []
          for (let i = 0; i < from.rows.length; i++) {
            const row = from.rows[i]!
            const before = rows.length
            const flaw = row instanceof RowFlaw ? row : make(row, nRead, rows, from.file)
            nRead++
            counts.rowsIn++
            if (flaw === undefined) counts.rowsOut += rows.length - before
            else reject(from, i, flaw)
            if (nRead >= nBeforeShare && nRejected > maxRejectShare * nRead) return Effect.fail(tooMany()!)
            if (rows.length >= batchSize) {
              batches.push({ index: index++, rows })
              rows = []
            }
          }
          if (rows.length > 0) batches.push({ index: index++, rows })
          return Effect.succeed(batches)
        })

      const checkEnd = Effect.suspend(() => {
        const error = tooMany()
        return error === undefined ? Effect.void : Effect.fail(error)
      })

      return found.pipe(
        Stream.mapEffect(check),
        Stream.flattenIterable,
        Stream.concat(Stream.fromEffectDrain(checkEnd))
      )
    })
  )
}
