import * as CliOutput from "effect/cli/CliOutput"
import type { Inspection } from "../sources/Inspection.ts"
import { amount, bytes } from "./Amount.ts"
import { fitted } from "./fitted.ts"
import { printable } from "./printable.ts"

/**
 * Writes what is known of a data file as text: facts, columns, the first rows value by value.
 *
 * Lines are cut at `width` columns, 400 by default. All text from the file is escaped.
 */
export const renderInspection = (inspection: Inspection, width = 400): string => {
  const { columns, sample, metadata, compression, inferredFrom } = inspection
  const lines = [
    `File     ${printable(inspection.file)}`,
    `Format   ${inspection.format}${compression === null ? "" : `, compressed with ${compression}`}`,
    `Size     ${bytes(inspection.bytes)}`,
    `Rows     ${rowsText(inspection)}`,
    ...Object.entries(metadata).map(
      ([key, value], i) => `${i === 0 ? "Metadata" : "        "} ${printable(key)}: ${printable(value)}`
    ),
    "",
    `Columns  ${columns.length}${inferredFrom === null ? "" : `, as the first ${amount(inferredFrom)} rows suggest`}`,
    ...table(columns.map(({ name, type }) => [printable(name), printable(type)])),
    ...sample.flatMap(renderRow)
  ]
  return lines.map((line) => fitted(line, width)).join("\n")
}

const renderRow = (row: Readonly<Record<string, unknown>>, i: number): ReadonlyArray<string> => {
  const values = Object.entries(row).map(([name, value]) => [printable(name), valueText(value)] as const)
  return ["", `Row ${i + 1}`, ...table(values)]
}

const rowsText = ({ nRows, rowGroups, format }: Inspection): string => {
  if (nRows === null) return "not counted, the file is long"
  if (rowGroups === undefined) return amount(nRows)
  const part = format === "parquet" ? "row group" : "record batch"
  const parts = format === "parquet" ? "row groups" : "record batches"
  return `${amount(nRows)} in ${amount(rowGroups)} ${rowGroups === 1 ? part : parts}`
}

const table = (rows: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const width = Math.min(32, Math.max(0, ...rows.map(([name]) => CliOutput.displayWidth(name))))
  return rows.map(
    ([name, text]) => `  ${name}${" ".repeat(Math.max(0, width - CliOutput.displayWidth(name)))}  ${text}`
  )
}

// Longer texts are never shown whole, and measuring them would take long.
const valueText = (value: unknown): string =>
  printable((typeof value === "string" ? value : JSON.stringify(value)).slice(0, 2000))
