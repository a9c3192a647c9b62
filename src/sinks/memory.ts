import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Sink } from "../Sink.ts"

/** Keeps all rows in one array, as they come: for tests and for data that fits in memory. */
export const memory = <Row>(): Sink<Row, { readonly rows: ReadonlyArray<Row> }> => ({
  name: "memory",
  config: {},
  write: (_columns, batches) =>
    Effect.map(Stream.runCollect(batches), (collected) => ({ rows: collected.flatMap((batch) => batch.rows) }))
})
