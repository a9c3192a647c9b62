import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import { eachRow } from "./DataFile.ts"
import type { WhyPart } from "./RowOrigin.ts"

type RejectRow = WhyPart["rejects"][number]

/** Reads what was left out of a run of rows with these ids. */
export const readRejects = Effect.fnUntraced(function* (out: string, { files }: Manifest, ids: ReadonlySet<string>) {
  const rejects: Array<RejectRow> = []
  if (!files.some((file) => file.path === "rejects.parquet" && file.rows > 0)) return rejects
  const inspection = yield* inspectFile(path.join(out, "rejects.parquet"), { rows: 0 })
  yield* eachRow(inspection, ["id", "stage", "reason", "detail"], (row) => {
    if (ids.has(row["id"] as string)) rejects.push(row as unknown as RejectRow)
  })
  return rejects
})
