import { exportedRows } from "./exportedRows.ts"
import * as Figure from "../Figure.ts"
import type { Warning } from "../Findings.ts"
import type { Manifest } from "../Manifest.ts"
import type { PreflightFinding, Severity } from "../Preflight.ts"

/** Warnings of one code, with the messages in the order they were raised. */
export interface WarningGroup {
  readonly code: string
  /** What it is about, in a few words. */
  readonly title: string
  readonly messages: ReadonlyArray<{ readonly stage: string; readonly message: string }>
}

type Message = WarningGroup["messages"][number]

/**
 * Gathers the warnings of all findings, and what a preflight found to be grave, by code, in the order the codes first came up.
 *
 * Before all others stands that no row came out, that a trainer's format took none of the rows, or that answers were cut off.
 */
export const warningsOf = (manifest: Manifest): ReadonlyArray<WarningGroup> => {
  const groups = new Map<string, Array<Message>>([...noRow(manifest), ...nothingWritten(manifest), ...cutOff(manifest)])
  for (const { finding, stage } of manifest.findings) {
    const warnings =
      "warnings" in finding
        ? (finding.warnings ?? [])
        : finding.kind === "preflight"
          ? finding.findings.flatMap(graveOf)
          : []
    for (const { code, message } of warnings) {
      const messages = groups.get(code) ?? []
      messages.push({ stage, message })
      groups.set(code, messages)
    }
  }
  return Array.from(groups, ([code, messages]) => ({ code, title: titles.get(code) ?? inWords(code), messages }))
}

const noRow = ({ rowsOut, stages }: Manifest): ReadonlyArray<[string, Array<Message>]> => {
  // The stage that gives the rows of all rounds comes before those that made them.
  const lost = stages.filter((one) => one.rowsOut === 0 && one.key !== "rounds")
  // A route that took no row stands before the one that lost them all.
  const stage = rowsOut === 0 ? lost.find(({ kind, rowsIn }) => kind === "source" || rowsIn > 0) : undefined
  if (stage === undefined) return []
  const { key, rejected, rowsIn } = stage
  const reasons =
    Object.keys(rejected).length > 0
      ? "rejects.parquet says why of each"
      : "it rejected none and found nothing to make a row of; look at its options"
  const message =
    stage.kind === "source"
      ? `"${key}" gave no row: look whether it names the right file, and at the rejects`
      : `none of ${Figure.counted(rowsIn, "row")} came through "${key}"${mostOften(rejected)}: ${reasons}`
  return [["noRow", [{ stage: key, message }]]]
}

/** The reason that most rows left for, as the end of a sentence. */
const mostOften = (rejected: Readonly<Record<string, number>>): string => {
  const [most] = Object.entries(rejected).toSorted((a, b) => b[1] - a[1])
  return most === undefined ? "" : `, most often for "${most[0]}"`
}

const nothingWritten = (manifest: Manifest): ReadonlyArray<[string, Array<Message>]> => {
  const exported = exportedRows(manifest)
  if (exported === null || exported.rowsIn === 0 || exported.rowsOut > 0) return []
  const { format, rejected, rowsIn, stage } = exported
  const message =
    `${format} could hold none of ${Figure.counted(rowsIn, "row")}${mostOften(rejected)}: rejects.parquet says why of each. ` +
    "Choose another format, or give the rows what this one needs"
  return [["nothingWritten", [{ stage, message }]]]
}

/** Nothing of a simulated model, which is cut off as a part of the simulation, whatever the limit. */
const cutOff = ({ simulated, stages }: Manifest): ReadonlyArray<[string, Array<Message>]> => {
  if (simulated) return []
  const messages = stages.flatMap(({ key, rejected }): Array<Message> => {
    const n = Object.entries(rejected).reduce((sum, [reason, times]) => sum + (isCutOff(reason) ? times : 0), 0)
    if (n === 0) return []
    const were = n === 1 ? "was" : "were"
    const message =
      `${Figure.counted(n, "answer")} to "${key}" ${were} cut off at the limit of tokens and left out. ` +
      "Raise its maxTokens, or turn off the thinking of the model, which counts into the limit"
    return [{ stage: key, message }]
  })
  return messages.length === 0 ? [] : [["cutOff", messages]]
}

/** What stages put in front of the reason says what the answer was to be, such as "judgment: cut off". */
const isCutOff = (reason: string): boolean => /(^|: )cut off$|: truncated$/.test(reason)

/** The code under which a preflight's finding is a warning; null where it is one to know of. */
const graveCodes: Readonly<Record<Severity, string | null>> = {
  "stops training": "stopsTraining",
  "silently wrong": "silentlyWrong",
  "worth knowing": null
}

const graveOf = ({ remedy, rows, severity, share, what }: PreflightFinding): ReadonlyArray<Warning> => {
  const code = graveCodes[severity]
  const message = `${Figure.counted(rows, "row")} (${Figure.share(share)}): ${what}; remedy: ${remedy}`
  return code === null ? [] : [{ code, message }]
}

const titles: ReadonlyMap<string, string> = new Map([
  ["noRow", "No row came out"],
  ["nothingWritten", "Nothing was written"],
  ["cutOff", "Answers were cut off"],
  ["marginsLeftOut", "No row was written with its margin"],
  ["uncalibrated", "The scores were not calibrated"],
  ["noEvidence", "The scorer says nothing about these labels"],
  ["notConverged", "The estimate did not settle"],
  ["fewLabels", "Too few labels"],
  ["nearHalf", "Not to be told from coin flips"],
  ["oneVote", "One vote on every pair"],
  ["tooFewOverlaps", "Too few votes on the same pairs"],
  ["correlatedJudges", "Judges that err together"],
  ["majorityBelowChance", "The majority misleads"],
  ["evidenceFromLabels", "The evidence saw the labels it is to judge"],
  ["mirrored", "Two opposite answers fit equally well"],
  ["notIdentified", "Nothing is known about an annotator"],
  ["scoresNotUsed", "The scores were left out"],
  ["tooFewRows", "Fewer rows than asked for"],
  ["belowHalf", "Worse than coin flips"],
  ["stopsTraining", "Training would stop"],
  ["silentlyWrong", "Training would go wrong unnoticed"]
])

/** "someNewCode" as "Some new code". */
const inWords = (code: string): string => {
  const words = code.replace(
    /([a-z0-9])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`
  )
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}
