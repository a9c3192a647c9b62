import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import type { Cleaned } from "./Cleaned.ts"

const width = 600
const mostReasons = 8
const mostWarnings = 4
const mostSteps = 3

/** Says in plain text what a cleaning came to: what was read, rows, pairs, what was done, what to know and to do, and the files. */
export const renderCleaning = (cleaned: Cleaned, out: string): string => {
  const { flagged, flipped, model, next, pairs, reasons, rejected, removed, rowsIn, rowsOut, unknown, warnings } =
    cleaned
  const { method, splits, treatment, votes } = cleaned
  const done = [
    ...(flipped > 0 ? [`${Figure.count(flipped)} flipped`] : []),
    ...(removed > 0 ? [`${Figure.count(removed)} removed`] : []),
    ...(unknown > 0 ? [`nothing is known of ${Figure.count(unknown)}`] : [])
  ]
  const lines = [
    `Read as  ${cleaned.format}: ${cleaned.columns}`,
    `Method   ${method}: ${model}`,
    `Rows     ${Figure.count(rowsIn)} in, ${Figure.count(rowsOut)} out, ${Figure.count(rejected)} rejected`,
    ...reasons.slice(0, mostReasons).map(([reason, n]) => `         ${Figure.count(n)} ${reason}`),
    ...(reasons.length > mostReasons ? [`         and ${reasons.length - mostReasons} more reasons`] : []),
    `Pairs    ${Figure.count(pairs)} of ${Figure.counted(votes, "vote")}, ${Figure.count(flagged)} flagged, treatment ${treatment}${done.map((what) => `, ${what}`).join("")}`,
    ...wrongLine(cleaned),
    ...(splits.length > 1
      ? [`Splits   ${splits.map(({ name, rows }) => `${name} ${Figure.count(rows)}`).join(", ")}`]
      : []),
    ...noteLines(cleaned),
    ...warnings.slice(0, mostWarnings).map(({ code, message }) => `Warning  ${code}: ${message}`),
    ...(warnings.length > mostWarnings ? [`         and ${warnings.length - mostWarnings} more in report.html`] : []),
    ...next
      .slice(0, mostSteps)
      .flatMap(({ code, title, text }) => [
        `Next     ${title}. ${text}`,
        ...(code === undefined ? [] : [`         ${code}`])
      ]),
    `Files    ${out}/data, README.md and report.html; rejects.parquet has every row that was left out`
  ]
  return lines.map((line) => line.slice(0, 9) + plainLine(line.slice(9), width)).join("\n")
}

const wrongLine = ({ wrong }: Cleaned): ReadonlyArray<string> =>
  wrong === null
    ? []
    : [
        `Wrong    ${Figure.share(wrong.before)} of the pairs before, ${Figure.share(wrong.after)} after, by the method's own probabilities`
      ]

const noteLines = ({ asJson, renamed, unread }: Cleaned): ReadonlyArray<string> => [
  ...renamed.map(({ from, to }) => `Note     column ${from} is called ${to} now`),
  ...(asJson.length === 0
    ? []
    : [
        `Note     columns with values of different types, of which what is no text is written as JSON: ${asJson.join(", ")}`
      ]),
  ...(unread.length === 0 ? [] : [`Note     columns of types that cannot be read are left out: ${unread.join(", ")}`])
]
