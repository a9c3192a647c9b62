import * as path from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { textIfThere } from "./textIfThere.ts"

/** The paths that `manifest.json` in a folder lists, from there; null where there is no manifest of Prefloom. */
export const listedFiles = (folder: string): ReadonlyArray<string> | null =>
  Result.match(decodeManifest(textIfThere(path.join(folder, "manifest.json")) ?? ""), {
    onFailure: () => null,
    onSuccess: ({ files }) => files.flatMap((file) => file.path ?? [])
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
