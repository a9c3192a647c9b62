import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import type { WrittenFile } from "../Sink.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { statsIfThere } from "../statsIfThere.ts"
import { dataFilesOf } from "./DataFile.ts"
import { hashFile } from "./hashFile.ts"
import { placeAsked } from "./placeAsked.ts"
import { placeIn, type PlaceProblem } from "./placeIn.ts"
import type { RowPlace } from "./RowOrigin.ts"

/**
 * Understands a place such as `train-00000-of-00001.jsonl:17`, or a file or split with the row beside it: the row of a data file of a run.
 *
 * The file may be named as in the manifest, by its last part, by its path, or be a copy elsewhere, which is recognised by its bytes. As
 * "split", `train:17` is a row counted over the files of a split, and `margins/train:17` one of a derived table; a file that is not of
 * the run is a problem then. Rows count from 1. Null for what names nothing. Cost: a file elsewhere is read once where one of the run has its
 * size. Fails where that cannot be read.
 */
export const findPlace = Effect.fnUntraced(function* (
  folder: string,
  manifest: Pick<Manifest, "files">,
  asked: string,
  by: "file" | "split",
  beside = 1
): Effect.fn.Return<RowPlace | PlaceProblem | null, SourceError> {
  const files = dataFilesOf(manifest)
  const { name, row } = placeAsked(asked, beside)
  const found = by === "file" ? yield* fileOf(folder, files, name) : splitOf(files, name)
  if (found !== null) return "wanted" in found ? found : placeIn(found, name, row)
  if (by === "file" || sizeOf(name) === null) return null
  return {
    found: `"${name}" with other bytes than any file of this run`,
    wanted: `one of ${named(files)}, or a copy of one`,
    remedy: "name the run that wrote it, or the id of the row"
  }
})

type Files = ReadonlyArray<WrittenFile>

const fileOf = Effect.fnUntraced(function* (
  folder: string,
  files: Files,
  name: string
): Effect.fn.Return<Files | PlaceProblem | null, SourceError> {
  const own = files.find(
    ({ path: file }) =>
      file === path.posix.normalize(name.replaceAll("\\", "/")) || path.resolve(folder, file) === path.resolve(name)
  )
  if (own !== undefined) return [own]
  const size = sizeOf(name)
  const alike = files.filter(({ bytes }) => bytes === size)
  if (alike.length > 0) {
    const { sha256 } = yield* hashFile(name)
    const same = alike.find((file) => file.sha256 === sha256)
    if (same !== undefined) return [same]
  }
  const last = files.filter(({ path: file }) => path.posix.basename(file) === name)
  if (last.length < 2) return last.length === 0 ? null : last
  return {
    found: `${last.length} files named "${name}"`,
    wanted: "one",
    remedy: `name it with its folder: ${named(last)}`
  }
})

/** The bytes of a file; null for what is none, such as an id that is too long for a name. */
const sizeOf = (name: string): number | null => {
  const stats = statsIfThere(name)
  return stats?.isFile() === true ? stats.size : null
}

const named = (files: Files): string => {
  const some = files.slice(0, 5).map(({ path: file }) => `"${file}"`)
  return `${some.join(", ")}${files.length > some.length ? ` and ${files.length - some.length} more` : ""}`
}

/** The files of a split, in their order; of the main table where no folder is said. */
const splitOf = (files: Files, name: string): Files | null => {
  const begin = `${name.includes("/") ? name : `data/${name}`}-`
  const found = files.filter(({ path: file }) => file.startsWith(begin) && numbered.test(file.slice(begin.length)))
  return found.length === 0 ? null : found
}

const numbered = /^\d{5,}-of-\d{5,}\.[a-z.]+$/
