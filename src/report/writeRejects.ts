import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Run } from "../Run.ts"
import { parquet } from "../sinks/parquet.ts"

const fields = { id: Schema.String, stage: Schema.String, reason: Schema.String, detail: Schema.String }

/** Writes `rejects.parquet`: every row, or part of one, that left, with the stage and the reason. */
export const writeRejects = Effect.flatMap(Run, (run) =>
  parquet("rejects.parquet").write(
    fields,
    Stream.map(Stream.fromIterable(inBatches(run.rejects.entries()), { chunkSize: 1 }), (rows, index) => ({
      index,
      rows
    }))
  )
)

function* inBatches<Row>(rows: Iterable<Row>): Generator<ReadonlyArray<Row>> {
  let batch: Array<Row> = []
  for (const row of rows) {
    batch.push(row)
    if (batch.length < 1024) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
