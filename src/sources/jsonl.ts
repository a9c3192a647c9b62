import type * as Schema from "effect/Schema"
import * as Pipeline from "../Pipeline.ts"
import type { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { checkRows } from "./checkRows.ts"
import type { SourceError } from "./SourceError.ts"
import type { Paths } from "./sourceFiles.ts"
import { sourceStep } from "./sourceStep.ts"
import { splitLines } from "./splitLines.ts"
import { type TextOptions, textRows } from "./textRows.ts"

/**
 * Reads JSON Lines: one object a line, plain or compressed (`.gz`, `.zst`).
 *
 * Lines end with `\n` or `\r\n`; empty ones are skipped and a byte order mark is accepted. Keys that are not declared are left
 * out. A line that is no object, is not UTF-8, is longer than `maxRowBytes` or does not fit the columns is rejected; the id of
 * a reject is `file:line`. Fails with a `SourceError` for what concerns a whole file.
 */
export const jsonl = <const F extends Schema.Struct.Fields>(
  paths: Paths,
  fields: F,
  options: TextOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const found = textRows(paths, "JSON Lines", options, splitLines)
  return Pipeline.make(
    [sourceStep("jsonl", paths, fields, options)],
    fields,
    checkRows("jsonl", fields, options, found)
  )
}
