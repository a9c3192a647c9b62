import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Run } from "../../src/Run.ts"
import { dataset } from "../../src/sinks/dataset.ts"
import { parquet } from "../../src/sinks/parquet.ts"

/** Writes rows without end into the folder it is given, so that a test can kill it at any moment. */
const [folder, name] = process.argv.slice(2) as [string, "parquet" | "dataset"]

const batches = Stream.fromIterable(
  (function* () {
    for (let index = 0; ; index++) {
      const rows = Array.from({ length: 512 }, (_, i) => ({ text: `${index} ${i} `.repeat(100) }))
      yield { index, rows }
    }
  })(),
  { chunkSize: 1 }
)

const fields = { text: Schema.String }
const write =
  name === "parquet"
    ? Effect.asVoid(parquet("rows.parquet").write(fields, batches))
    : Effect.asVoid(dataset({ shardBytes: 5_000_000 }).write(fields, batches))

await write.pipe(Effect.provide(Run.layer({ folder })), Effect.scoped, Effect.runPromise)
