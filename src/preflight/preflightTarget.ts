import {
  type Format,
  FormatFlaw,
  type Holding,
  isRefusal,
  type PartColumn,
  type Row,
  type Writer
} from "../formats/Format.ts"
import type { Example, PreflightFinding, Severity } from "../Preflight.ts"
import { trlReward } from "../formats/trlReward.ts"
import { type CheckedRow, type CheckResult, findingOf, Sightings } from "./PreflightCheck.ts"
import { unwritable } from "./unwritable.ts"

/** Flaws that are looked for in any data, whatever the format. */
const seenElsewhere = new Set([
  "identical replies",
  "empty reply",
  "prompt inside the replies",
  "prompt ends with the assistant",
  "reply of another role",
  "tie",
  "no order"
])
/** Flaws with which trainers go on. */
const goesOn = new Set(["reply inside the chat template", "different prompts", "reply of another role"])

/** Looks at rows with the eyes of one format: what its reader and its writer refuse. */
export interface TargetCheck {
  readonly see: (row: CheckedRow) => void
  /** Takes in a row that cannot be read at all. */
  readonly refuse: (example: Example, flaw: FormatFlaw) => void
  readonly result: (nRows: number) => CheckResult
}

/**
 * Makes the check of a format by its own rules: every record is written by its writer, into nothing.
 *
 * LLaMA-Factory drops rows that break its rules with no more than a warning, so there they are
 * "silently wrong"; elsewhere most stop training.
 */
export const preflightTarget = (format: Format, holding: Holding): TargetCheck => {
  // Rows are trained on as they are: `preflightTrl` looks at their margins, and nobody makes any of scores.
  const isElsewhere = ({ part }: PartColumn) => format === trlReward && (part === "margin" || part === "scores")
  const made = format.writer({ ...holding, parts: holding.parts.filter((one) => !isElsewhere(one)) })
  const writer = isRefusal(made) ? null : made
  const reasons = new Map<string, { readonly flaw: FormatFlaw; readonly sightings: Sightings }>()
  const refuse = (example: Example, flaw: FormatFlaw) => {
    let reason = reasons.get(flaw.reason)
    if (reason === undefined) reasons.set(flaw.reason, (reason = { flaw, sightings: new Sightings() }))
    reason.sightings.see(example)
  }
  const severityOf = (reason: string): Severity =>
    format.name.startsWith("llamafactory") || goesOn.has(reason) ? "silently wrong" : "stops training"
  const remedy = `prefloom convert --to ${format.name} leaves these rows out and says why for each`
  return {
    refuse,
    see: ({ example, record }) => {
      if (writer === null) return
      const rows: Array<Row> = []
      const flaw = writer.write(record, rows) ?? unwritable(format, writer.columns, rows)
      // A prompt without messages stops some trainers, one of an empty text none.
      const isBlank = flaw?.reason === "empty prompt" && record.context.length > 0
      // Where a reply begins is looked at only for trainers that have to find it.
      const isSeen = (reason: string) =>
        seenElsewhere.has(reason) && !(format === trlReward && reason === "reply of another role")
      if (flaw !== undefined && !isBlank && !isSeen(flaw.reason)) refuse(example, flaw)
    },
    result: (nRows) => ({
      findings: [
        ...(isRefusal(made)
          ? findingOf(
              nRows,
              { rows: nRows, examples: [] },
              {
                check: "otherKind",
                severity: "stops training",
                what: `${format.name} cannot hold this: found ${made.found}, expected ${made.wanted}`,
                remedy: "choose a format that can, with --for"
              }
            )
          : []),
        ...[...reasons].flatMap(([reason, { flaw, sightings }]) =>
          findingOf(nRows, sightings, {
            check: reason,
            severity: severityOf(reason),
            what: `${format.name} does not take ${flaw.column === null ? "" : `"${flaw.column}": `}${reason} (found ${flaw.found}, expected ${flaw.wanted})`,
            remedy
          })
        ),
        ...(writer === null ? [] : remarksOf(writer, nRows))
      ],
      unchecked: []
    })
  }
}

/** What a writer mends or doubts, in replies; white space round a reply makes Axolotl lose it with templates that trim. */
const remarksOf = (writer: Writer, nRows: number): ReadonlyArray<PreflightFinding> =>
  [...(writer.remarks ?? [])].map(([what, n]) => {
    const isTrimmed = what.includes("trimmed")
    const rows = Math.min(n, nRows)
    return {
      check: "remark",
      severity: isTrimmed ? "silently wrong" : "worth knowing",
      what: isTrimmed ? `${n} replies begin or end with white space, which some templates cut` : `${n} ${what}`,
      rows,
      share: rows / nRows,
      examples: [],
      remedy: isTrimmed ? "prefloom convert trims them" : "look at these replies"
    }
  })
