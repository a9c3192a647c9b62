import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { isRefusal, type Look } from "../formats/Format.ts"
import { llamafactoryKto } from "../formats/llamafactoryKto.ts"
import { anyRows } from "../sources/anyRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { type ConvertInput, readAll } from "./ConvertInput.ts"
import { inputFiles } from "./inputFiles.ts"

const nShown = 100

/**
 * Opens files of LLaMA-Factory's KTO whose tag is no boolean, so that its rows can be counted; null for any other.
 *
 * `names` are the columns that are taken for the tag. Each row with such a tag is a flaw. Memory is one row group or chunk of text.
 */
export const openTags = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  names: ReadonlyArray<string>,
  splits: ReadonlyArray<string> = []
): Effect.fn.Return<ConvertInput | null, SourceError> {
  const files = yield* inputFiles([...paths], splits)
  const inspections = yield* Effect.forEach(files, ({ name }) => inspectFile(name, { rows: nShown }))
  const { columns, format, sample } = inspections[0]!
  const tag = names.find((one) => columns.some(({ name }) => name === one))
  if (format === "csv" || tag === undefined) return null
  const asBooleans: Look = {
    columns: columns.map((column) =>
      column.name === tag ? { name: tag, columnType: { kind: "boolean", nullable: true } } : column
    ),
    sample: sample.map((row) => ({ ...row, [tag]: typeof row[tag] === "boolean" ? row[tag] : true }))
  }
  const reader = llamafactoryKto.reader(asBooleans)
  if (isRefusal(reader)) return null
  const { extra, parts } = reader.holding
  const read = [...new Set([...parts.map(({ column }) => column), ...extra.map(({ name }) => name)])]
  return {
    format: llamafactoryKto.name,
    said: `${llamafactoryKto.name}, because "${tag}" stands beside a conversation, though it is not true or false`,
    files: files.map(({ name }) => name),
    holding: reader.holding,
    nRows: null,
    records: anyRows(inspections, read).pipe(Stream.map((found) => readAll(found, reader)))
  }
})
