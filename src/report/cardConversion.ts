import type { Conversion, Manifest } from "../Manifest.ts"
import * as Figure from "../Figure.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import { markdownTable } from "./markdownTable.ts"
import { findingsOf } from "./Section.ts"
import { sentence } from "./sentence.ts"

/**
 * Says how data were made that were converted: from which files, read as what and why, how many rows were left out with reasons, what
 * became of the columns, and what was mended.
 */
export const cardConversion = (
  manifest: Manifest,
  { files, mended, repeated, said, splits }: Conversion
): ReadonlyArray<string> => {
  const only =
    splits === null ? "" : ` Only these splits of the source were read: ${splits.map(escapeMarkdown).join(", ")}.`
  const shown = files.slice(0, mostRows)
  return [
    `Read as ${escapeMarkdown(sentence(said))}${only} The conversion asked no model. The same files and options give the same files, byte for byte.`,
    markdownTable(
      ["Source file", "Size", "SHA-256"],
      shown.map(({ bytes, name, sha256 }) => [name, Figure.bytes(bytes), sha256]),
      [1]
    ),
    ...more(files.length - shown.length, "source file"),
    ...repeated.map((one) => escapeMarkdown(sentence(one))),
    ...rowsOf(manifest),
    ...columnsOf(manifest),
    ...(mended.length === 0
      ? []
      : [
          "### What was mended",
          markdownTable(
            ["Times", "What"],
            mended.map(([what, n]) => [Figure.count(n), what]),
            [0]
          )
        ])
  ]
}

const mostRows = 80

const more = (left: number, what: string): ReadonlyArray<string> =>
  left > 0 ? [`${Figure.counted(left, `more ${what}`)} in \`manifest.json\`.`] : []

const rowsOf = ({ rowsOut, stages }: Manifest): ReadonlyArray<string> => {
  const reasons = stages
    .flatMap(({ rejected }) => Object.entries(rejected))
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const nRejected = reasons.reduce((sum, [, n]) => sum + n, 0)
  const counted = `${Figure.counted(stages[0]?.rowsIn ?? 0, "row")} read, ${Figure.count(rowsOut)} written`
  if (nRejected === 0) return [`${counted}, none left out.`]
  return [
    `${counted}, ${Figure.count(nRejected)} left out, which are in \`rejects.parquet\` with reason and place:`,
    markdownTable(
      ["Rows", "Why they were left out"],
      reasons.map(([reason, n]) => [Figure.count(n), reason]),
      [0]
    )
  ]
}

const columnsOf = (manifest: Manifest): ReadonlyArray<string> =>
  findingsOf(manifest, "export").flatMap(({ finding: { kept, lost, renamed } }) => {
    const fates = [
      ...kept.map((name) => [name, "kept"]),
      ...renamed.map(({ from, to }) => [from, `in ${to.join(" and ")}`]),
      ...lost.map((name) => [name, "left out"])
    ]
    const shown = fates.slice(0, mostRows)
    return [
      "### What became of the columns",
      markdownTable(["Column of the source", "Here"], shown),
      ...more(fates.length - shown.length, "column")
    ]
  })
