import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Batch } from "../Batch.ts"
import * as Columns from "../Columns.ts"
import type { Run } from "../Run.ts"
import type { Sink, WrittenFile } from "../Sink.ts"
import { RowCheck } from "./RowCheck.ts"
import type { CheckedRow, RowFormat } from "./RowWriter.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"
import { syncFolder, WholeFile } from "./WholeFile.ts"

/**
 * Makes the sink that writes all rows to one file of a format.
 *
 * The file appears under `path` when it is whole; a failure or an interruption leaves what was there before.
 */
export const oneFile = (
  name: string,
  path: string,
  config: unknown,
  format: RowFormat
): Sink<unknown, ReadonlyArray<WrittenFile>, SinkError, Run> => {
  const target = { sink: name, path }
  return {
    name,
    config,
    check: (fields) => void format.strictest(Columns.fromFields(fields)),
    write: (fields, batches) =>
      Effect.gen(function* () {
        const columns = Columns.fromFields(fields)
        const check = new RowCheck(format.strictest(columns))
        const file = yield* WholeFile.open(target)
        const writer = yield* format.open(columns, file)
        let nRows = 0
        const take = Effect.fnUntraced(function* (batch: Batch<unknown>) {
          for (const row of batch.rows) {
            const refused = check.next(row, target)
            if (refused !== undefined) return yield* refused
            nRows++
            if (writer.add(row as CheckedRow)) yield* writer.flush
          }
          return undefined
        })
        yield* Stream.runForEach(batches, take)
        yield* writer.finish
        return yield* Effect.try({
          try: () => {
            file.seal()
            const written = file.publish(nRows)
            syncFolder(file.folder)
            return [written]
          },
          catch: (cause) => cannotWrite(target, cause)
        })
      }).pipe(Effect.scoped)
  }
}
