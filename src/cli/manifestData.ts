import * as fs from "node:fs"
import * as path from "node:path"
import * as Result from "effect/Result"
import { readManifest } from "./readManifest.ts"

/**
 * The files that the manifest of a run or a conversion lists in its folder, from there: those in `data`, where the main table is, else those in the
 * folder itself, else all.
 *
 * An earlier run with another sink may have left more. None where there is no manifest of Prefloom, and where none of its files is there.
 */
export const manifestData = (folder: string): ReadonlyArray<string> => {
  const listed = Result.getOrNull(readManifest(folder))?.listed ?? []
  const all = listed.filter((name) => name !== "rejects.parquet")
  if (!all.some((name) => fs.existsSync(path.join(folder, name)))) return []
  const main = [/^data\//, /^[^/]+$/].map((place) => all.filter((name) => place.test(name)))
  return main.find((names) => names.length > 0) ?? all
}
