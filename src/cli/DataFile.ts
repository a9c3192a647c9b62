import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Manifest } from "../Manifest.ts"
import { findingsOf } from "../report/Section.ts"
import { keptRowsPath, rowId } from "../sinks/KeptRows.ts"
import { anyRows } from "../sources/anyRows.ts"
import { type FoundRow, RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { DataRow, PlacedRow } from "./RowOrigin.ts"

/** A data file of a run, with what the run keeps of rows that the file cannot hold whole. */
export interface DataFile {
  /** From the folder of the run. */
  readonly path: string
  readonly inspection: Inspection
  /** The columns whose values can be read. */
  readonly names: ReadonlyArray<string>
  /** The rows that are kept beside the provenance; null where there are none. */
  readonly kept: Inspection | null
  readonly isExported: boolean
  /** Where the ids of the rows are read; null where nothing holds them. */
  readonly ids: Inspection | null
}

/** The data files of a run, without those that hold no rows. */
export const dataFilesOf = ({ files }: Pick<Manifest, "files">): Manifest["files"] =>
  files.filter(({ path: file, rows }) => file !== "rejects.parquet" && rows > 0)

/** The format of a trainer that a data file of a run is written in; null where it holds the rows as they were. */
export const exportedAs = (manifest: Pick<Manifest, "findings">, file: string): string | null => {
  if (!file.startsWith("data/")) return null
  return findingsOf(manifest, "export")[0]?.finding.format ?? null
}

/** Looks into a data file of a run, and what is kept of its rows where it is in the format of a trainer. */
export const openDataFile = Effect.fnUntraced(function* (
  folder: string,
  manifest: Pick<Manifest, "findings">,
  file: string
): Effect.fn.Return<DataFile, SourceError> {
  const inspection = yield* inspectFile(path.join(folder, file), { rows: 0 })
  const names = inspection.columns.filter(({ columnType }) => columnType !== null).map(({ name }) => name)
  const keptFile = path.join(folder, keptRowsPath(file))
  const isExported = exportedAs(manifest, file) !== null
  const kept = isExported && fs.existsSync(keptFile) ? yield* inspectFile(keptFile, { rows: 0 }) : null
  return { path: file, inspection, names, isExported, kept, ids: names.includes("id") ? inspection : kept }
})

/** Goes through the ids of a data file, which says where they are; rows without one are passed over. */
export const eachId = (
  { ids }: DataFile,
  see: (id: string, number: number) => void
): Effect.Effect<void, SourceError> =>
  ids === null
    ? Effect.void
    : eachRow(ids, ["id"], (row, number) => {
        if (typeof row["id"] === "string") see(row["id"], number)
      })

/** Reads the rows with these numbers, from 1, up to the last of them; those that cannot be read are left out. */
export const rowsAt = Effect.fnUntraced(function* (
  file: DataFile,
  numbers: ReadonlySet<number>
): Effect.fn.Return<ReadonlyArray<PlacedRow>, SourceError> {
  const kept = file.kept === null ? [] : yield* pick(file.kept, ["id", "lost"], numbers)
  const keptAt = new Map(kept.map(({ number, row }) => [number, row]))
  const rows = yield* pick(file.inspection, file.names, numbers)
  return rows.map(({ number, row }) => {
    const behind = keptAt.get(number)
    const isOther = typeof row["id"] === "string" && behind?.["id"] !== row["id"]
    const lost = behind === undefined || isOther ? {} : (JSON.parse(String(behind["lost"])) as DataRow)
    const id = typeof row["id"] === "string" || behind === undefined ? rowId(row) : String(behind["id"])
    return { file: file.path, number, id, row, lost, isExported: file.isExported }
  })
})

const pick = Effect.fnUntraced(function* (
  inspection: Inspection,
  names: ReadonlyArray<string>,
  numbers: ReadonlySet<number>
) {
  const picked: Array<{ readonly number: number; readonly row: FoundRow }> = []
  const see = (row: FoundRow, number: number) => {
    if (numbers.has(number)) picked.push({ number, row })
  }
  yield* eachRow(inspection, names, see, Math.max(...numbers))
  return picked
})

/** Goes through the rows of a file with these columns, to the end or past the row `last`; those that cannot be read are passed over. */
export const eachRow = (
  inspection: Inspection,
  names: ReadonlyArray<string>,
  see: (row: FoundRow, number: number) => void,
  last = Number.POSITIVE_INFINITY
): Effect.Effect<void, SourceError> =>
  anyRows([inspection], names).pipe(
    Stream.takeUntil(({ numbers }) => numbers.some((number) => number >= last)),
    Stream.runForEach(({ numbers, rows }) =>
      Effect.sync(() => {
        for (const [i, row] of rows.entries()) if (!(row instanceof RowFlaw)) see(row, numbers[i]!)
      })
    )
  )
