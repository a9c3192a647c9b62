import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { textIfThere } from "../textIfThere.ts"
import { type SourceError, sourceError } from "./SourceError.ts"

/**
 * The data files that a run or a conversion left in its folder, from there, by its manifest: those in `data`, where the main table is, else those in
 * the folder itself, else all; null where there is no manifest of Prefloom, or none of its files.
 *
 * An earlier run with another sink may have left more. So the folder of a run that has not finished is refused: nobody can say there which files
 * belong together.
 */
export const runFiles = (folder: string): Effect.Effect<ReadonlyArray<string> | null, SourceError> =>
  Effect.suspend(() => {
    const text = textIfThere(path.join(folder, "manifest.json"))
    if (text === null && fs.existsSync(path.join(folder, ".prefloom", "run-id"))) {
      const found = "a run that has not finished, and so no manifest.json"
      return sourceError(folder, found, "that of a finished run; give its command again, or name the files")
    }
    const listed = Result.match(decodeManifest(text ?? ""), {
      onFailure: () => [],
      onSuccess: ({ files }) => files.flatMap((file) => file.path ?? [])
    }).filter((name) => name !== "rejects.parquet")
    if (!listed.some((name) => fs.existsSync(path.join(folder, name)))) return Effect.succeed(null)
    const main = [/^data\//, /^[^/]+$/].map((place) => listed.filter((name) => place.test(name)))
    return Effect.succeed(main.find((names) => names.length > 0) ?? listed)
  })

/** What of a manifest is looked at. */
const decodeManifest = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Struct({
      prefloom: Schema.String,
      files: Schema.Array(Schema.Struct({ path: Schema.optionalKey(Schema.String) }))
    })
  )
)
