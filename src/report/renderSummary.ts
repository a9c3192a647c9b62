import type { AnnotatorFinding } from "../Findings.ts"
import type { Manifest } from "../Manifest.ts"
import type { Severity } from "../Preflight.ts"
import { cellWidth } from "./cellWidth.ts"
import { exportedRows } from "./exportedRows.ts"
import * as Figure from "../Figure.ts"
import { holdsRows } from "./holdsRows.ts"
import { plainLine } from "./plainLine.ts"
import { rowsRead } from "./rowsRead.ts"
import { type FindingOf, findingsOf } from "./Section.ts"
import { warningsOf } from "./warningsOf.ts"

/**
 * Writes what the terminal shows when a run has ended: rows, rejects, noise, annotators, what training on the data would meet, warnings, and where everything is.
 *
 * Plain text without colour, at most 100 cells wide and about 30 lines long, ending in a line break; what does not fit is
 * counted. Control characters in the data are removed. `outName` is the folder as the user wrote it.
 */
export const renderSummary = (manifest: Manifest, outName: string): string => {
  const noise = findingsOf(manifest, "noise").map(({ finding }) => finding)
  const blocks = [
    [
      `Finished ${plainLine(manifest.pipeline, 40)}, in ${plainLine(outName, 45)}`,
      ...(manifest.simulated ? ["Simulated: the numbers tell about the simulation, not about any model."] : [])
    ],
    [rowsLine(manifest), rejectsLine(manifest), ...noise.map(noiseLine)],
    noise[0] === undefined ? [] : annotatorLines(noise[0].annotators),
    ...findingsOf(manifest, "preflight").map(({ finding }) => preflightLines(finding)),
    warningLines(manifest),
    [...fileLines(manifest), ...(manifest.provider?.name === "simulated" ? [realModel] : [])]
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => clipped(line)).join("\n"))
    .join("\n\n")}\n`
}

const width = 100
const mostAnnotators = 6
const mostWarnings = 3
const mostFiles = 4
const mostFindings = 5

const preflightTitles: Readonly<Record<Severity, string>> = {
  "stops training": "Warning: training would stop",
  "silently wrong": "Warning: training would go wrong unnoticed",
  "worth knowing": "Worth knowing"
}

const realModel = 'For a real model put using(openai({ model: "gpt-5.4-mini" })) in place of using(simulated())'

const clipped = (line: string): string => (cellWidth(line) <= width ? line : plainLine(line, width))

const rowsLine = (manifest: Manifest): string => {
  const exported = exportedRows(manifest)
  const written = exported === null ? "" : `, ${Figure.count(exported.rowsOut)} written as ${exported.format}`
  return `Rows      ${Figure.count(rowsRead(manifest))} in, ${Figure.count(manifest.rowsOut)} out${written}`
}

const rejectsLine = ({ stages }: Manifest): string => {
  const byReason = new Map<string, number>()
  for (const { rejected } of stages) {
    for (const [reason, n] of Object.entries(rejected)) byReason.set(reason, (byReason.get(reason) ?? 0) + n)
  }
  const reasons = [...byReason].toSorted((a, b) => b[1] - a[1])
  if (reasons.length === 0) return "Rejected  none"
  const total = reasons.reduce((sum, [, n]) => sum + n, 0)
  let line = `Rejected  ${Figure.count(total)}: `
  let left = total
  for (const [i, [reason, n]] of reasons.entries()) {
    const named = `${i === 0 ? "" : ", "}${plainLine(reason, 40)} ${Figure.count(n)}`
    const rest = `, other reasons ${Figure.count(left - n)}`
    if (cellWidth(line + named) + (left === n ? 0 : rest.length) > width)
      return `${line}, other reasons ${Figure.count(left)}`
    line += named
    left -= n
  }
  return line
}

const noiseLine = ({ nLabels, noiseRate, plantedNoiseRate }: FindingOf<"noise">): string => {
  const planted = plantedNoiseRate === null ? "" : `; planted ${Figure.share(plantedNoiseRate)}`
  const labels = Figure.counted(nLabels, "label")
  return noiseRate === null
    ? `Noise     not known, of ${labels}${planted}`
    : `Noise     ${Figure.share(noiseRate.estimate)} of ${labels} are wrong (95% interval ${Figure.interval(noiseRate)})${planted}`
}

const trust = (one: AnnotatorFinding): number => one.reliability?.estimate ?? -1

const annotatorLines = (annotators: ReadonlyArray<AnnotatorFinding>): ReadonlyArray<string> => {
  if (annotators.length === 0) return []
  const sorted = annotators.toSorted((a, b) => trust(b) - trust(a))
  const hasPlanted = annotators.some((one) => one.planted !== null)
  const rows = sorted
    .slice(0, mostAnnotators)
    .map((one) =>
      [
        plainLine(one.id, 30) || "(no name)",
        Figure.count(one.nLabels),
        Figure.share(one.reliability?.estimate ?? null),
        Figure.interval(one.reliability)
      ].concat(hasPlanted ? [Figure.share(one.planted)] : [])
    )
  const left = annotators.length - rows.length
  return [
    ...columns([["Annotator", "labels", "reliability", "95% interval"].concat(hasPlanted ? ["planted"] : []), ...rows]),
    ...(left > 0 ? [`and ${Figure.count(left)} more in report.html`] : [])
  ]
}

/** Lines the cells up: the first column to the left, all others to the right. */
const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => cellWidth(row[i]!))))
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const space = " ".repeat(widths[i]! - cellWidth(cell))
        return i === 0 ? cell + space : space + cell
      })
      .join("  ")
      .trimEnd()
  )
}

/** Warnings that stand with the other findings of the preflight. */
const ofPreflight = new Set(["stopsTraining", "silentlyWrong"])

/** What training on the rows would meet, the worst first, with the remedy of each. */
const preflightLines = ({ encoding, findings, maxLength, rows, target }: FindingOf<"preflight">) => {
  const left = findings.length - mostFindings
  const shown = Map.groupBy(findings.slice(0, mostFindings), ({ severity }) => severity)
  const found = findings.length === 0 ? "nothing found" : Figure.counted(findings.length, "finding")
  const forWhat = target === null ? "" : ` for ${target}`
  return [
    `Preflight ${found} in ${Figure.counted(rows, "row")}${forWhat}, ${Figure.count(maxLength)} tokens of ${encoding}`,
    ...[...shown].flatMap(([severity, group]) => [
      preflightTitles[severity],
      ...group.flatMap(({ remedy, rows: nRows, share, what }) => [
        `  ${plainLine(`${Figure.counted(nRows, "row")} (${Figure.share(share)}): ${what}`, width - 2)}`,
        `    remedy: ${plainLine(remedy, width - 12)}`
      ])
    ]),
    ...(left > 0 ? [`and ${Figure.counted(left, "more finding")} in README.md`] : [])
  ]
}

const warningLines = (manifest: Manifest): ReadonlyArray<string> => {
  const groups = warningsOf(manifest).filter(({ code }) => !ofPreflight.has(code))
  const left = groups.length - mostWarnings
  return [
    ...groups.slice(0, mostWarnings).flatMap(({ messages, title }) => {
      const more = messages.length > 1 ? ` (and ${Figure.count(messages.length - 1)} more)` : ""
      return [`Warning: ${plainLine(title, 60)}${more}`].concat(
        wrapped(messages[0]!.message).map((line) => `  ${line}`)
      )
    }),
    ...(left > 0 ? [`and ${Figure.counted(left, "more kind", "more kinds")} of warning in report.html`] : [])
  ]
}

/** The first two lines of a text, broken between words. */
const wrapped = (text: string): ReadonlyArray<string> => {
  const line = plainLine(text, 4 * width)
  if (cellWidth(line) <= width - 2) return [line]
  const first = plainLine(line, width - 1).replace(/\s?\S*…$/, "")
  return first === "" ? [plainLine(line, width - 2)] : [first, plainLine(line.slice(first.length), width - 2)]
}

const fileLines = ({ files }: Manifest): ReadonlyArray<string> => {
  const left = files.slice(mostFiles)
  const rows = files
    .slice(0, mostFiles)
    .map((file) => [
      plainLine(file.path, 60),
      holdsRows(file) ? Figure.counted(file.rows, "row") : "",
      Figure.bytes(file.bytes)
    ])
  return [
    ...(rows.length === 0 ? [] : columns(rows)),
    ...(left.length > 0 ? [`and ${Figure.counted(left.length, "more file")}`] : []),
    "report.html has the pictures and what to do next; manifest.json has every number"
  ]
}
