import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Batch from "../Batch.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { checkRows } from "./checkRows.ts"
import type { FoundRow, FoundRows } from "./FoundRows.ts"
import type { SourceOptions } from "./makeRows.ts"
import type { SourceError } from "./SourceError.ts"

/**
 * Gives rows that are in memory already.
 *
 * They are copied, never edited, and checked like rows of a file; the id of a reject is `memory:row`, counted from 1.
 */
export const memory = <const F extends Schema.Struct.Fields>(
  rows: ReadonlyArray<RowOf<F>>,
  fields: F,
  options: SourceOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const size = options.batchSize ?? Batch.defaultSize
  const found = Stream.unfold(0, (start) => {
    const some = rows.slice(start, start + size)
    return Effect.succeed(some.length === 0 ? undefined : ([foundRows(start, some), start + size] as const))
  })
  const counted = Stream.unwrap(
    Effect.map(Run, (run) => {
      run.progress.totalRows = rows.length
      return checkRows("memory", fields, options, found)
    })
  )
  const config = { nRows: rows.length }
  return Pipeline.make([{ key: "memory", kind: "source", needs: {}, gives: fields, config }], fields, counted)
}

const foundRows = (start: number, rows: ReadonlyArray<FoundRow>): FoundRows => ({
  file: "memory",
  unit: "row",
  rows,
  numbers: rows.map((_, i) => start + i + 1)
})
