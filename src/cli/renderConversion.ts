import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import type { Converted } from "./convertFiles.ts"

const width = 300
const mostReasons = 12
/** The share of rows that every source lets go. */
const mostRejected = 0.05

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
    ...remarks.map(([what, n]) => `Note     ${what[0]!.toUpperCase()}${what.slice(1)}: ${Figure.count(n)}`),
    ...notes.map((note) => `Note     ${note}`),
    ...sourceLines(source),
    ...warningOf(converted),
    `Files    ${files.join(", ")}`
  ]
  return lines.map((line) => line.slice(0, 9) + plainLine(line.slice(9), width)).join("\n")
}

/** What is bad in so many rows may not be bad rows, but data read in another way than they are meant. */
const warningOf = ({ files, rejected, rowsIn }: Converted) => {
  if (rejected <= mostRejected * rowsIn) return []
  const where = files.find((name) => name.endsWith("rejects.parquet"))!
  return [`Warning  ${Figure.share(rejected / rowsIn)} of the rows were left out; why is in ${where}`]
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
