import * as Effect from "effect/Effect"
import { isRefusal } from "../formats/Format.ts"
import { recogniseFormat } from "../formats/recogniseFormat.ts"
import { trlPreference } from "../formats/trlPreference.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { printable } from "./printable.ts"

/**
 * The command that makes pairs of files in which no votes are, such as ratings of replies; null where their format is not known or holds nothing to
 * make pairs of.
 *
 * `paths` are the files as they were named, `first` is the first of them.
 */
export const convertFirst = Effect.fnUntraced(function* (
  paths: ReadonlyArray<string>,
  first: Inspection
): Effect.fn.Return<string | null, SourceError> {
  const { columns, sample } = yield* inspectFile(first.file, { rows: 100 })
  const look = { columns, sample, ...(first.format === "csv" ? { isCells: true as const } : {}) }
  const recognised = recogniseFormat(look)
  if (!("format" in recognised)) return null
  const reader = recognised.format.reader(look)
  if (isRefusal(reader) || isRefusal(trlPreference.writer(reader.holding))) return null
  const words = paths.map((one) => (/^[\w./*-]+$/.test(one) ? one : JSON.stringify(one)))
  const command = `prefloom convert ${words.join(" ")} --to ${trlPreference.name} --out pairs.parquet`
  return `make pairs of these data, which are ${recognised.format.name}, and name pairs.parquet in their place: ${printable(command)}`
})
