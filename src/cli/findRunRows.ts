import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import { Lowest } from "../math/Lowest.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { dataFilesOf, eachId, openDataFile, rowsAt } from "./DataFile.ts"
import type { PlacedRow, RowPlace } from "./RowOrigin.ts"

/** Rows of a run by id, and the ids that look most like one that is not there. */
export interface FoundRunRows {
  /** Of each id that was found, where all its rows stand, in the order of the files. */
  readonly places: ReadonlyMap<string, ReadonlyArray<RowPlace>>
  /** Of each id that was found, its first rows, and the one that was asked for. */
  readonly rows: ReadonlyMap<string, ReadonlyArray<PlacedRow>>
  readonly near: ReadonlyArray<string>
  /** Files of which nothing tells the ids. */
  readonly unnamed: ReadonlyArray<string>
}

/** Of rows that share an id, how many are read beside the one that is asked for. */
const nRead = 50
const nNear = 3

/**
 * Finds rows by their id in the data files of a run: of equal ids the first fifty and the `nth`, from 1.
 *
 * Ids are those of the column "id", or those that the run kept of rows in a format that holds none. `near` are other ids like the first of
 * `ids`. Reads the ids of all files, and whole rows of the files that hold one.
 */
export const findRunRows = Effect.fnUntraced(function* (
  folder: string,
  manifest: Pick<Manifest, "files" | "findings">,
  ids: ReadonlyArray<string>,
  nth = 1
): Effect.fn.Return<FoundRunRows, SourceError> {
  const places = new Map<string, Array<RowPlace>>()
  const rows = new Map<string, Array<PlacedRow>>()
  const unnamed: Array<string> = []
  const nearest = new Lowest<string>(nNear)
  for (const { path: file } of dataFilesOf(manifest)) {
    const data = yield* openDataFile(folder, manifest, file)
    if (data.ids === null) unnamed.push(file)
    const wanted = new Map<number, string>()
    yield* eachId(data, (id, number) => {
      if (!ids.includes(id)) {
        if (!nearest.entries.includes(id)) nearest.add(-likeness(id, ids[0]!), () => id)
        return
      }
      const all = places.get(id) ?? []
      all.push({ file, number })
      places.set(id, all)
      if (all.length <= nRead || all.length === nth) wanted.set(number, id)
    })
    if (wanted.size === 0) continue
    for (const row of yield* rowsAt(data, new Set(wanted.keys()))) {
      const id = wanted.get(row.number)!
      rows.set(id, [...(rows.get(id) ?? []), row])
    }
  }
  return { places, rows, near: nearest.entries, unnamed }
})

/** The characters that two ids have in common at their ends: high for one slip anywhere. */
const likeness = (a: string, b: string): number => {
  const start = sharedPrefix(a, b)
  const most = Math.min(a.length, b.length) - start
  let n = 0
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++
  return start + n
}
