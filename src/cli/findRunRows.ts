import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Manifest } from "../Manifest.ts"
import { Lowest } from "../math/Lowest.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { anyRows } from "../sources/anyRows.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { DataRow, RowPlace } from "./RowOrigin.ts"

/** Rows of a run by id, and the ids that look most like one that is not there. */
export interface FoundRunRows {
  readonly rows: ReadonlyMap<string, RowPlace & { readonly row: DataRow }>
  /** Of the ids that come again, where all their rows stand, in the order of the files. */
  readonly again: ReadonlyMap<string, ReadonlyArray<RowPlace>>
  readonly near: ReadonlyArray<string>
}

const nNear = 3
const rejectsFile = "rejects.parquet"

/**
 * Finds rows by their id in the data files of a run: of equal ids the `nth`, from 1, or the first where there are not so many.
 *
 * `near` are ids like the first one that was not found. Reads the column "id" of all files, and whole rows of the files that hold
 * one. Files without a column of that name are passed over.
 */
export const findRunRows = Effect.fnUntraced(function* (
  folder: string,
  { files }: Pick<Manifest, "files">,
  ids: ReadonlyArray<string>,
  nth = 1
): Effect.fn.Return<FoundRunRows, SourceError> {
  const rows = new Map<string, RowPlace & { readonly row: DataRow }>()
  const all = new Map<string, Array<RowPlace>>()
  const nearest = new Lowest<string>(nNear)
  for (const { path: file, rows: nRows } of files) {
    if (file === rejectsFile || nRows === 0) continue
    const inspection = yield* inspectFile(path.join(folder, file), { rows: 0 })
    const names = inspection.columns.filter(({ columnType }) => columnType !== null).map(({ name }) => name)
    if (!names.includes("id")) continue
    const places = new Map<number, string>()
    yield* Stream.runForEach(anyRows([inspection], ["id"]), (found) =>
      Effect.sync(() => {
        for (const [i, row] of found.rows.entries()) {
          if (row instanceof RowFlaw || typeof row["id"] !== "string") continue
          const id = row["id"]
          if (ids.includes(id)) places.set(found.numbers[i]!, id)
          else nearest.add(-likeness(id, ids[0]!), () => id)
        }
      })
    )
    if (places.size === 0) continue
    const last = Math.max(...places.keys())
    yield* anyRows([inspection], names).pipe(
      Stream.takeUntil(({ numbers }) => numbers.some((number) => number >= last)),
      Stream.runForEach((found) =>
        Effect.sync(() => {
          for (const [i, row] of found.rows.entries()) {
            const id = places.get(found.numbers[i]!)
            if (id === undefined || row instanceof RowFlaw) continue
            const place = { file, number: found.numbers[i]! }
            const earlier = all.get(id) ?? []
            all.set(id, [...earlier, place])
            if (earlier.length === 0 || earlier.length === nth - 1) rows.set(id, { ...place, row })
          }
        })
      )
    )
  }
  const again = new Map([...all].filter(([, places]) => places.length > 1))
  return { rows, again, near: nearest.entries }
})

/** The characters that two ids have in common at their ends: high for one slip anywhere. */
const likeness = (a: string, b: string): number => {
  const start = sharedPrefix(a, b)
  const most = Math.min(a.length, b.length) - start
  let n = 0
  while (n < most && a.charCodeAt(a.length - 1 - n) === b.charCodeAt(b.length - 1 - n)) n++
  return start + n
}
