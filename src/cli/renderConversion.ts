import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import type { Converted } from "./convertFiles.ts"

const width = 300
const mostReasons = 12

/** Says in plain text what a conversion came to: what was read as what, rows, reasons, columns, what to know, and the files. */
export const renderConversion = (converted: Converted): string => {
  const {
    bytes,
    files,
    kept,
    lost,
    notes,
    reasons,
    rejected,
    remarks,
    renamed,
    rowsIn,
    rowsOut,
    said,
    source,
    splits
  } = converted
  const lines = [
    `Read as  ${said}`,
    `Written  ${converted.to}, ${Figure.bytes(bytes)}`,
    `Rows     ${Figure.count(rowsIn)} in, ${Figure.count(rowsOut)} out, ${Figure.count(rejected)} rejected`,
    ...(splits.length > 1 ? [`Splits   ${list(splits.map(([split, n]) => `${Figure.count(n)} ${split}`))}`] : []),
    ...reasons.slice(0, mostReasons).map(([reason, n]) => `         ${Figure.count(n)} ${reason}`),
    ...(reasons.length > mostReasons ? [`         and ${reasons.length - mostReasons} more reasons`] : []),
    `Kept     ${list(kept)}`,
    `Renamed  ${list(renamed.map(({ from, to: names }) => `${from} to ${names.join(" and ")}`))}`,
    `Lost     ${list(lost)}`,
    ...remarks.map(([what, n]) => `Note     ${Figure.count(n)} ${what}`),
    ...notes.map((note) => `Note     ${note}`),
    ...sourceLines(source),
    `Files    ${files.join(", ")}`
  ]
  return lines.map((line) => line.slice(0, 9) + plainLine(line.slice(9), width)).join("\n")
}

/** What the card says of the sources; of one file, which has none, what the sources are. */
const sourceLines = ({ files, licence, origin, terms }: Converted["source"]) =>
  files === null
    ? origin.map((one) => `Note     ${one}`)
    : [
        `Source   ${list(files.map(({ bytes, name }) => `${name} (${Figure.bytes(bytes)})`))}`,
        ...[...terms, ...origin].map((one) => `Note     ${one}`),
        ...(licence === undefined ? ["Note     The card states no licence: none is known"] : [])
      ]

const list = (names: ReadonlyArray<string>) => (names.length === 0 ? "none" : names.join(", "))
