import type { FindingOf } from "../report/Section.ts"
import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"
import { cellWidth } from "../report/cellWidth.ts"
import type { AuditJson } from "./AuditJson.ts"

const mostAnnotators = 8
const mostWarnings = 4
const width = 100

/** Says in plain text what an audit came to: what was read, the noise, the annotators, the warnings, and where the rest is. */
export const renderAuditSummary = (audit: AuditJson, finding: FindingOf<"noise">, out: string): string => {
  const { noiseRate } = audit
  const lines = [
    plainLine(`Read as ${audit.format}: ${audit.columns}`, 6 * width),
    "",
    `Rows      ${Figure.count(audit.rows)}, ${Figure.counted(audit.pairs, "pair")}, ${Figure.counted(finding.nLabels, "label")} with a winner, ${Figure.counted(audit.ties, "tie")}${audit.unreadable === 0 ? "" : `, ${Figure.counted(audit.unreadable, "label")} without a verdict`}`,
    ...(audit.rejected === 0
      ? []
      : [
          `Rejected  ${Figure.counted(audit.rejected, "row")} that could not be read, left out of all numbers: ${audit.reasons.map(([reason, n]) => `${Figure.count(n)} ${reason}`).join(", ")}`
        ]),
    noiseRate === null
      ? "Noise     not known; the warnings say why"
      : `Noise     ${Figure.share(noiseRate.estimate)} of the labels are wrong (95% interval ${Figure.share(noiseRate.ci95[0])} to ${Figure.share(noiseRate.ci95[1])}), by ${noiseRate.method}`,
    `Flagged   ${Figure.counted(audit.flagged, "label")} more probably wrong than right`,
    ...(audit.agreement.alpha === null
      ? []
      : [
          `Agreement Krippendorff's alpha ${Figure.decimal(audit.agreement.alpha)} over ${Figure.counted(audit.agreement.overlappingPairs, "pair")} with two annotators or more`
        ]),
    ...(audit.cycles?.share == null
      ? []
      : [`Cycles    ${Figure.share(audit.cycles.share)} of ${Figure.counted(audit.cycles.nTriples, "triple")}`]),
    ...textLines(audit),
    ...annotatorLines(finding),
    ...warningLines(audit),
    "",
    `${out}/report.html has the pictures, posteriors.parquet every label, audit.json every number${audit.rejected === 0 ? "" : ", rejects.parquet the rejected rows"}`
  ]
  return lines.map((line) => line.trimEnd()).join("\n")
}

const textLines = ({ consistency, texts }: AuditJson): ReadonlyArray<string> => {
  const odd =
    consistency === null
      ? []
      : [
          [consistency.sameTexts + consistency.almostSameTexts, "same texts"] as const,
          [consistency.duplicates, "repeated"] as const,
          [consistency.contradicting, "contradicted by the same annotator"] as const,
          [consistency.leaked, "on prompts of several splits"] as const
        ].filter(([n]) => n > 0)
  const copies = consistency?.nearCopies ?? null
  const model =
    texts?.accuracy == null
      ? ""
      : `A model of the texts agrees with ${Figure.share(texts.accuracy)} of ${Figure.counted(texts.pairs, "label")} it never saw ` +
        `(95% interval ${Figure.share(texts.ci95[0])} to ${Figure.share(texts.ci95[1])}): `
  return [
    ...(odd.length === 0
      ? []
      : [`Texts     labels by what is odd: ${odd.map(([n, what]) => `${Figure.count(n)} ${what}`).join(", ")}`]),
    ...(copies === null || copies.pairs === 0
      ? []
      : [
          `Copies    ${Figure.count(copies.pairs)} of ${Figure.counted(copies.of, "pair")} nearly the same as another, ${Figure.count(copies.contradicting)} of them with the opposite label`
        ]),
    ...(texts === null
      ? []
      : texts.hasSignal
        ? [`Ranking   ${model}it ranks the labels to read first, and does not measure the noise`]
        : [`Ranking   ${model}the texts do not tell which labels are wrong, and none is marked`])
  ]
}

const annotatorLines = ({ annotators }: FindingOf<"noise">): ReadonlyArray<string> => {
  const sorted = annotators.toSorted((a, b) => b.nLabels - a.nLabels)
  const rows = sorted
    .slice(0, mostAnnotators)
    .map((one) => [
      plainLine(one.id, 30),
      Figure.count(one.nLabels),
      Figure.share(one.reliability?.estimate ?? null),
      Figure.interval(one.reliability)
    ])
  if (rows.length === 0) return []
  const table = [["Annotator", "labels", "reliability", "95% interval"], ...rows]
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => cellWidth(row[i]!))))
  const left = annotators.length - rows.length
  return [
    "",
    ...table.map((row) =>
      row
        .map((cell, i) => {
          const space = " ".repeat(widths[i]! - cellWidth(cell))
          return i === 0 ? cell + space : space + cell
        })
        .join("  ")
    ),
    ...(left > 0 ? [`and ${Figure.count(left)} more in report.html`] : [])
  ]
}

const warningLines = ({ warnings }: AuditJson): ReadonlyArray<string> => {
  const byCode = new Map<string, Array<string>>()
  for (const { code, message } of warnings) byCode.set(code, [...(byCode.get(code) ?? []), message])
  const groups = [...byCode]
  const left = groups.length - mostWarnings
  return [
    ...groups
      .slice(0, mostWarnings)
      .flatMap(([code, messages], i) => [
        ...(i === 0 ? [""] : []),
        plainLine(
          `Warning (${code}${messages.length === 1 ? "" : `, and ${Figure.count(messages.length - 1)} more`}): ${messages[0]!}`,
          5 * width
        )
      ]),
    ...(left > 0 ? [`and ${Figure.counted(left, "more kind", "more kinds")} of warning in report.html`] : [])
  ]
}
