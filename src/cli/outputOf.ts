import * as Effect from "effect/Effect"
import type * as Columns from "../Columns.ts"
import type { Format, Writer } from "../formats/Format.ts"
import { arrowFormat } from "../sinks/arrow.ts"
import { jsonlFormat } from "../sinks/jsonl.ts"
import { parquetFormat } from "../sinks/parquet.ts"
import { plainText } from "../sinks/plainText.ts"
import type { RowFormat } from "../sinks/RowWriter.ts"
import { CommandFailed } from "./CommandFailed.ts"
import { ConvertError } from "./ConvertError.ts"

/**
 * How a data file of a conversion is written, by the ending of its name, and the columns as they are checked for it.
 *
 * Fails for another ending than that of JSON Lines where a format is these alone, and for columns that the file cannot hold.
 */
export const outputOf = Effect.fnUntraced(function* (
  name: string,
  format: Format,
  writer: Writer
): Effect.fn.Return<
  { readonly rowFormat: RowFormat; readonly columns: ReadonlyArray<Columns.Column> },
  ConvertError | CommandFailed
> {
  if (format.onlyJsonLines === true) {
    if (!name.endsWith(".jsonl")) {
      return yield* new ConvertError({
        what: "convert",
        found: `--out ${name}`,
        wanted: `a file that ends in .jsonl: ${format.name} is JSON Lines alone`,
        remedy: "change the ending"
      })
    }
    return { rowFormat: plainText("free"), columns: writer.columns }
  }
  const rowFormat = name.endsWith(".parquet")
    ? parquetFormat()
    : name.endsWith(".arrow")
      ? arrowFormat
      : name.endsWith(".json")
        ? plainText("json")
        : name.endsWith(".csv")
          ? plainText("csv")
          : jsonlFormat(name)
  const columns = yield* Effect.try({
    try: () => rowFormat.strictest(writer.columns),
    catch: (cause) => new CommandFailed({ message: cause instanceof Error ? cause.message : String(cause) })
  })
  return { rowFormat, columns }
})
