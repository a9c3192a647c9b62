import * as Effect from "effect/Effect"
import type { Run } from "../Run.ts"
import type { Sink, WrittenFile } from "../Sink.ts"
import { oneFile } from "./oneFile.ts"
import type { RowFormat } from "./RowWriter.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"

/**
 * Writes all rows to one Arrow IPC file, `path` relative to the run folder.
 *
 * Record batches of 1,000 rows or 64 MiB, not compressed; strings are Utf8, integers Int64, floats Float64. The same rows give
 * the same bytes. Memory: one record batch.
 */
export const arrow = (path: string): Sink<unknown, ReadonlyArray<WrittenFile>, SinkError, Run> =>
  oneFile("arrow", path, { path }, arrowFormat)

/** Arrow IPC as a format that other sinks can write. */
export const arrowFormat: RowFormat = {
  name: "arrow",
  extension: ".arrow",
  strictest: (columns) => columns,
  open: Effect.fnUntraced(function* (columns, file) {
    const { ArrowWriter } = yield* Effect.promise(() => import("./ArrowWriter.ts"))
    const guarded = (action: () => void) =>
      Effect.try({ try: action, catch: (cause) => cannotWrite(file.target, cause) })
    let writer: InstanceType<typeof ArrowWriter> | undefined
    yield* guarded(() => {
      writer = new ArrowWriter(columns, (bytes) => file.append(bytes))
    })
    const open = writer!
    return {
      add: (row) => {
        open.add(row)
        return open.batchIsFull
      },
      rawBytes: () => open.rawBytes,
      flush: guarded(() => open.writeBatch()),
      finish: guarded(() => open.finish())
    }
  })
}
