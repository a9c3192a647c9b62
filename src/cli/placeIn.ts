import type { WrittenFile } from "../Sink.ts"
import type { RowPlace } from "./RowOrigin.ts"

/** Why a place cannot be told: what was found, what was expected and what to do. */
export interface PlaceProblem {
  readonly found: string
  readonly wanted: string
  readonly remedy: string
}

/** Where a row stands that is counted over files from 1; a problem where they have fewer. `name` is what all of them are called. */
export const placeIn = (files: ReadonlyArray<WrittenFile>, name: string, row: number): RowPlace | PlaceProblem => {
  let number = row
  for (const file of files) {
    if (number >= 1 && number <= file.rows) return { file: file.path, number }
    number -= file.rows
  }
  const nRows = files.reduce((sum, file) => sum + file.rows, 0)
  const found = `row ${row} of "${name}"`
  return nRows === 0
    ? { found, wanted: "a file or split with rows: it has none", remedy: "name another one" }
    : { found, wanted: `1 to ${nRows}: so many rows it has`, remedy: "name one of them" }
}
