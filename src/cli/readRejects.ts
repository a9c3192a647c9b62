import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import { eachRow } from "./DataFile.ts"
import type { WhyPart } from "./RowOrigin.ts"

type RejectRow = WhyPart["rejects"][number]

/** Reads what was left out of a run, of those rejects that are wanted by id or by place, from 1. */
export const readRejects = Effect.fnUntraced(function* (
  out: string,
  { files }: Manifest,
  isWanted: (id: string, number: number) => boolean
) {
  const rejects: Array<RejectRow> = []
  if (!files.some((file) => file.path === "rejects.parquet" && file.rows > 0)) return rejects
  const inspection = yield* inspectFile(path.join(out, "rejects.parquet"), { rows: 0 })
  yield* eachRow(inspection, ["id", "stage", "reason", "detail"], (row, number) => {
    if (isWanted(row["id"] as string, number)) rejects.push(row as unknown as RejectRow)
  })
  return rejects
})
