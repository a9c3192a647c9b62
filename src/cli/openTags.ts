import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { isRefusal, type Look } from "../formats/Format.ts"
import { llamafactoryKto } from "../formats/llamafactoryKto.ts"
import { anyRows } from "../sources/anyRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { askedFiles } from "./askedFiles.ts"
import { type ConvertInput, readAll } from "./ConvertInput.ts"
import { findSplitColumn, type RowsOf, rowsOfSplits } from "./SplitColumn.ts"

const nShown = 100

/**
 * Opens files of LLaMA-Factory's KTO whose tag is no boolean, so that its rows can be counted; null for any other.
 *
 * `names` are the columns that are taken for the tag. Each row with such a tag is a flaw. `splits` are those that file names show, or else the
 * column "split" names; none means all, and null is given for one that is not there. Memory is one row group or chunk of text.
 */
export const openTags = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  names: ReadonlyArray<string>,
  splits: ReadonlyArray<string> = []
): Effect.fn.Return<ConvertInput | null, SourceError> {
  const { files, splits: asked } = yield* askedFiles(paths, splits)
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
  const only = asked.length === 0 ? null : yield* rowsOf(inspections, asked)
  if (only === "absent") return null
  const { extra, parts } = reader.holding
  const held = [...parts.map(({ column }) => column), ...extra.map(({ name }) => name)]
  const read = [...new Set([...held, ...(only === null ? [] : [only.column])])]
  return {
    format: llamafactoryKto.name,
    said: `${llamafactoryKto.name}, because "${tag}" stands beside a conversation, though it is not true or false`,
    files: files.map(({ name }) => name),
    splitOf: new Map(files.map(({ by, name, split }) => [name, by === null ? null : split])),
    holding: reader.holding,
    splitColumn: only?.column ?? null,
    nRows: null,
    records: anyRows(inspections, read).pipe(
      Stream.map((found) => readAll(only === null ? found : rowsOfSplits(only, found), reader))
    )
  }
})

/** The rows of some splits, where no file name shows one. */
const rowsOf = (
  inspections: ReadonlyArray<Inspection>,
  splits: ReadonlyArray<string>
): Effect.Effect<RowsOf | "absent", SourceError> =>
  Effect.map(findSplitColumn(inspections), (column) => {
    const { name, splits: there } = column === null || column === "other" ? { name: null, splits: ["train"] } : column
    if (splits.some((split) => !there.includes(split))) return "absent"
    return name === null ? null : { column: name, splits, withFlaws: true }
  })
