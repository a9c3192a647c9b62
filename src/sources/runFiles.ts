import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { listedFiles } from "../listedFiles.ts"
import { checkFinished } from "./checkFinished.ts"
import type { SourceError } from "./SourceError.ts"

/**
 * The data files that a run or a conversion left in its folder, from there, by its manifest: those in `data`, where the main table is, else those in
 * the folder itself, else all; null where there is no manifest of Prefloom, or none of its files.
 *
 * An earlier run with another sink may have left more. So a folder where the last has not finished is refused (`checkFinished`).
 */
export const runFiles = (folder: string): Effect.Effect<ReadonlyArray<string> | null, SourceError> =>
  Effect.map(checkFinished(folder), () => {
    const listed = (listedFiles(folder) ?? []).filter((name) => name !== "rejects.parquet")
    if (!listed.some((name) => fs.existsSync(path.join(folder, name)))) return null
    const main = [/^data\//, /^[^/]+$/].map((place) => listed.filter((name) => place.test(name)))
    return main.find((names) => names.length > 0) ?? listed
  })
