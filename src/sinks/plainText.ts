import * as Effect from "effect/Effect"
import type { Column } from "../Columns.ts"
import { jsonText } from "../formats/jsonText.ts"
import { jsonRow } from "./JsonRow.ts"
import { jsonlFormat } from "./jsonl.ts"
import type { CheckedRow, RowFormat } from "./RowWriter.ts"
import { cannotWrite } from "./SinkError.ts"
import type { WholeFile } from "./WholeFile.ts"

const flushUnits = 1 << 20

/** How rows become text: what stands before the first, how the nth reads, what stands after the last. */
interface TextForm {
  readonly head: string
  readonly line: (row: CheckedRow, n: number) => string
  readonly tail: (nRows: number) => string
}

/**
 * A format of plain text for one file: a JSON array of objects, CSV with a header, or lines of JSON as free as the rows are.
 *
 * JSON has one row a line, with the keys of the columns in their order. CSV follows RFC 4180 with `\n` between records; missing is an empty
 * cell and the empty text a quoted one, which many readers take for the same. Free lines are the rows as `jsonText` writes them. Lists and structs have no place in CSV: `strictest` throws. The
 * same rows give the same bytes. Memory: about 1 MB of text.
 */
export const plainText = (kind: "json" | "csv" | "free"): RowFormat => ({
  name: kind,
  extension: kind === "free" ? ".jsonl" : `.${kind}`,
  strictest: (columns) => {
    if (kind === "csv") for (const column of columns) refuseNested(column)
    return jsonlFormat("").strictest(columns)
  },
  open: (columns, file) =>
    Effect.succeed(textWriter(kind === "json" ? jsonForm(columns) : kind === "csv" ? csvForm(columns) : freeForm, file))
})

const refuseNested = ({ name, type }: Column): void => {
  if (type.kind === "list" || type.kind === "struct") {
    throw new Error(
      `Cannot write CSV: found lists or structs in the column "${name}", expected texts, numbers and truth values; write .jsonl or .parquet`
    )
  }
}

const jsonForm = (columns: ReadonlyArray<Column>): TextForm => {
  const text = jsonRow(columns)
  return {
    head: "[",
    line: (row, n) => (n === 0 ? "\n" : ",\n") + text(row),
    tail: (nRows) => (nRows === 0 ? "]\n" : "\n]\n")
  }
}

const csvForm = (columns: ReadonlyArray<Column>): TextForm => ({
  head: `${columns.map(({ name }) => cell(name)).join(",")}\n`,
  line: (row) => `${columns.map(({ name }) => cell(row[name])).join(",")}\n`,
  tail: () => ""
})

const freeForm: TextForm = { head: "", line: (row) => `${jsonText(row)}\n`, tail: () => "" }

const cell = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  if (typeof value !== "string") return JSON.stringify(value)
  const text = value
  return /[",\r\n]|^\s|\s$/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text
}

const textWriter = ({ head, line, tail }: TextForm, file: WholeFile) => {
  let parts = [head]
  let nWaiting = head.length
  let nUnits = 0
  let nRows = 0
  const flush = Effect.try({
    try: () => {
      file.append(Buffer.from(parts.join("")))
      parts = []
      nWaiting = 0
    },
    catch: (cause) => cannotWrite(file.target, cause)
  })
  return {
    add: (row: CheckedRow) => {
      const text = line(row, nRows++)
      parts.push(text)
      nWaiting += text.length
      nUnits += text.length
      return nWaiting >= flushUnits
    },
    rawBytes: () => nUnits,
    flush,
    finish: Effect.suspend(() => {
      parts.push(tail(nRows))
      return flush
    })
  }
}
