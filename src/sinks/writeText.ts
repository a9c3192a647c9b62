import * as Effect from "effect/Effect"
import type { Run } from "../Run.ts"
import type { WrittenFile } from "../Sink.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"
import { syncFolder, WholeFile } from "./WholeFile.ts"

/** Writes a text as UTF-8 to one file, `path` relative to the run folder: whole, or not at all. `rows` is 0. */
export const writeText = (path: string, text: string): Effect.Effect<WrittenFile, SinkError, Run> => {
  const target = { sink: "text", path }
  return Effect.flatMap(WholeFile.open(target), (file) =>
    Effect.try({
      try: () => {
        file.append(Buffer.from(text))
        file.seal()
        const written = file.publish(0)
        syncFolder(file.folder)
        return written
      },
      catch: (cause) => cannotWrite(target, cause)
    })
  ).pipe(Effect.scoped)
}
