import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byteChunks } from "../sources/byteChunks.ts"
import { csvRecords } from "../sources/csvRecords.ts"
import { defaultMaxRowBytes } from "../sources/jsonRow.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { splitElements } from "../sources/splitElements.ts"
import { splitLines } from "../sources/splitLines.ts"
import { textRows } from "../sources/textRows.ts"

/** Above this size, in bytes, a file is not read only to count its rows. */
const maxCountedBytes = 256e6

/**
 * Counts the rows of a text file, bad ones included, by reading it; null when it is longer than 256 MB.
 *
 * For CSV the header is no row, and neither is an empty line.
 */
export const countRows = (file: string, format: "jsonl" | "json" | "csv"): Effect.Effect<number | null, SourceError> =>
  Effect.suspend(() => {
    if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxCountedBytes) return Effect.succeed(null)
    if (format === "csv") return countRecords(file)
    return Stream.runFold(
      textRows(file, "text", {}, format === "json" ? splitElements : splitLines),
      () => 0,
      (sum, { rows }) => sum + rows.length
    )
  })

const countRecords = (file: string) =>
  Effect.gen(function* () {
    const parser = yield* csvRecords(file, defaultMaxRowBytes)
    let nRecords = 0
    const add = (records: ReadonlyArray<{ readonly cells: ReadonlyArray<Buffer> }>): void => {
      for (const { cells } of records) if (cells.length > 1 || cells[0]!.length > 0) nRecords++
    }
    const source = { name: file, bytes: fs.statSync(file).size }
    yield* Stream.runForEach(byteChunks(source, "CSV text"), (chunk) => Effect.map(parser.push(chunk), add))
    add(yield* parser.end)
    return Math.max(0, nRecords - 1)
  }).pipe(Effect.scoped)
