import type * as Schema from "effect/Schema"
import * as Pipeline from "../Pipeline.ts"
import type { Run } from "../Run.ts"
import type { RowOf } from "../Stage.ts"
import { checkRows } from "./checkRows.ts"
import type { SourceError } from "./SourceError.ts"
import type { Paths } from "./sourceFiles.ts"
import { sourceStep } from "./sourceStep.ts"
import { splitElements } from "./splitElements.ts"
import { type TextOptions, textRows } from "./textRows.ts"

/**
 * Reads JSON files that hold one array of objects each, plain or compressed (`.gz`, `.zst`).
 *
 * The array is read piece by piece and is never whole in memory. Keys that are not declared are left out. An element that is no
 * object, is not UTF-8, is longer than `maxRowBytes` or does not fit the columns is rejected; the id of a reject is
 * `file:element`, counted from 1. Fails with a `SourceError` for what concerns a whole file, such as an array without an end.
 */
export const json = <const F extends Schema.Struct.Fields>(
  paths: Paths,
  fields: F,
  options: TextOptions = {}
): Pipeline.Pipeline<RowOf<F>, SourceError, Run> => {
  const found = textRows(paths, "a JSON array", options, splitElements)
  return Pipeline.make([sourceStep("json", paths, fields, options)], fields, checkRows("json", fields, options, found))
}
