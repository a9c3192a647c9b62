import * as Figure from "../Figure.ts"
import type { Manifest } from "../Manifest.ts"
import type { Example } from "../Preflight.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import { markdownTable } from "./markdownTable.ts"
import { type FindingOf, findingsOf } from "./Section.ts"
import { sentence } from "./sentence.ts"

/** Says what training on the data would meet, with remedies, and what was not looked at; nothing where nobody looked. */
export const cardPreflight = (manifest: Manifest): ReadonlyArray<string> => {
  const found = findingsOf(manifest, "preflight")
  return found.length === 0 ? [] : ["## Before training", ...found.flatMap(({ finding }) => blocksOf(finding))]
}

const blocksOf = (finding: FindingOf<"preflight">): ReadonlyArray<string> => {
  const { encoding, findings, maxLength, notes, rows, target, unchecked } = finding
  const forWhat = target === null ? "" : `, for training in the format **${escapeMarkdown(target)}**`
  const looked = `Looked at while they were written: ${Figure.counted(rows, "row")}${forWhat}, at ${Figure.count(maxLength)} tokens of ${escapeMarkdown(encoding)}`
  return [
    findings.length === 0 ? `${looked}. Nothing was found that would waste a training run.` : `${looked}.`,
    ...(findings.length === 0
      ? []
      : [
          markdownTable(
            ["Severity", "Rows", "Share", "What", "Such as", "Remedy"],
            findings.map(({ examples, remedy, rows: nRows, severity, share, what }) => [
              severity,
              Figure.count(nRows),
              Figure.share(share),
              what,
              examples.slice(0, mostExamples).map(nameOf).join(", "),
              remedy
            ]),
            [1, 2]
          )
        ]),
    ...(notes.length === 0 ? [] : [notes.map((note) => escapeMarkdown(sentence(note))).join(" ")]),
    ...(unchecked.length === 0
      ? []
      : [
          "Not looked at:",
          unchecked.map(({ check, why }) => `- ${escapeMarkdown(check)}: ${escapeMarkdown(sentence(why))}`).join("\n")
        ])
  ]
}

const mostExamples = 3

const nameOf = ({ id, place }: Example): string => (id === null ? place : `${id} (${place})`)
