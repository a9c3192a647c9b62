import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Run } from "../Run.ts"
import { parquet } from "../sinks/parquet.ts"
import type { ConvertTarget } from "./ConvertTarget.ts"

/** The columns of a file of rejected rows. */
export const rejectFields = { id: Schema.String, stage: Schema.String, reason: Schema.String, detail: Schema.String }

/** Writes the rejected rows beside the data, or removes those of an earlier conversion. */
export const writeRejected = Effect.fnUntraced(function* ({ folder, rejects: place }: ConvertTarget, rejected: number) {
  if (rejected === 0) {
    fs.rmSync(path.join(folder, place), { force: true })
    return []
  }
  const { rejects } = yield* Run
  const batches = Stream.fromIterable(rejects.entries()).pipe(
    Stream.grouped(1024),
    Stream.map((rows, index) => ({ index, rows }))
  )
  return yield* parquet(place).write(rejectFields, batches)
})
