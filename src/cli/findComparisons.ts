import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import { isSideOf, type MadeAt } from "../originsOf.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { dataFilesOf, eachRow, openDataFile } from "./DataFile.ts"
import type { DataRow, RowPlace, WhyComparison } from "./RowOrigin.ts"

const columns = ["id", "strong", "weak", "labelSource", "tie", "flipped"]

/**
 * Finds the comparisons that a pair was part of: pairs of pairs in the data of a run, and those in the lines of the provenance that made the
 * pair's row. Reads the tables that hold pairs of pairs.
 */
export const findComparisons = Effect.fnUntraced(function* (
  folder: string,
  manifest: Pick<Manifest, "files" | "findings">,
  pairId: string,
  made: ReadonlyArray<MadeAt>
): Effect.fn.Return<ReadonlyArray<WhyComparison>, SourceError> {
  const found: Array<WhyComparison> = []
  const take = (row: DataRow, place: RowPlace | null) => {
    const { flipped, id, labelSource, strong, tie, weak } = row as unknown as ComparisonRow
    if (!isSideOf(row, pairId)) return
    const side = strong.id === pairId ? "strong" : "weak"
    found.push({ id, place, side, other: side === "strong" ? weak.id : strong.id, labelSource, tie, flipped })
  }
  for (const { path: file } of dataFilesOf(manifest)) {
    const { inspection, names } = yield* openDataFile(folder, manifest, file)
    if (!columns.every((name) => names.includes(name))) continue
    yield* eachRow(inspection, columns, (row, number) => take(row, { file, number }))
  }
  const inData = new Set(found.map(({ id }) => id))
  for (const { from, of } of made) if (!inData.has(of)) take(from as DataRow, null)
  return found
})

interface ComparisonRow {
  readonly id: string
  readonly strong: { readonly id: string }
  readonly weak: { readonly id: string }
  readonly labelSource: string
  readonly tie: boolean
  readonly flipped: boolean
}
