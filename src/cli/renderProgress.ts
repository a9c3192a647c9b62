import * as CliOutput from "effect/cli/CliOutput"
import type { Step } from "../Pipeline.ts"
import type { Progress, StageCounts } from "../Progress.ts"
import { amount, duration, spendParts } from "./Amount.ts"
import { fitted } from "./fitted.ts"
import { printable } from "./printable.ts"

/** What is known of a run besides its counters. */
export interface RunOutline {
  /** The kind of a stage tells whether it keeps one row per row. */
  readonly steps: ReadonlyArray<Pick<Step, "key" | "kind">>
  /** Rows taken from the source at most; null takes all. */
  readonly limit: number | null
  /** Rows of a source that does not count them itself, once somebody else has. */
  sourceRows: number | null
}

const noOutline: RunOutline = { steps: [], limit: null, sourceRows: null }

/**
 * Draws the state of a run as lines of at most `width` columns: one per stage, then one about calls when there are any.
 *
 * `elapsedMs` counts from the start of the run; rates are means over it. Where the source's total is known and the outline says
 * what kind the stages are, the time left is the mean pace carried on, for the stages that keep one row per row; it is absent in
 * the first two seconds. A cost is shown only when it is known for every model that answered. The text is safe for a terminal.
 */
export const renderProgress = (
  progress: Progress,
  elapsedMs: number,
  width: number,
  outline: RunOutline = noOutline
): ReadonlyArray<string> => {
  const kinds = new Map(outline.steps.map(({ key, kind }) => [key, kind]))
  const nTotal = totalRows(progress, outline)
  const rows = [...progress.stages].map(([key, counts], i) => {
    const total = i === 0 && nTotal !== null ? ` of ${amount(nTotal)}` : ""
    return [
      printable(key),
      i === 0 ? "" : `${amount(counts.rowsIn)} in`,
      `${amount(counts.rowsOut)}${total} out`,
      counts.rejected === 0 ? "" : `${amount(counts.rejected)} rejected`,
      rate(counts, kinds.get(key), elapsedMs)
    ]
  })
  const lines = aligned(rows)
  const calls = renderCallsNow(progress, timeLeftMs(progress, elapsedMs, outline))
  return [...lines, ...(calls === undefined ? [] : [calls])].map((line) => fitted(line, width))
}

/** Draws the state of a run as one line, for logs, with the stages that have begun; see `renderProgress`. */
export const renderProgressLine = (progress: Progress, elapsedMs: number, outline: RunOutline = noOutline): string => {
  const started = [...progress.stages].filter(([, { rowsIn, rowsOut }], i) => i === 0 || rowsIn + rowsOut > 0)
  const stages = started.map(([key, { rowsOut, rejected }]) =>
    [`${printable(key)} ${amount(rowsOut)}`, ...(rejected === 0 ? [] : [`(${amount(rejected)} rejected)`])].join(" ")
  )
  const calls = renderCallsNow(progress, timeLeftMs(progress, elapsedMs, outline))
  return [`${duration(elapsedMs)}:`, stages.join(", "), ...(calls === undefined ? [] : ["–", calls])].join(" ")
}

const totalRows = (progress: Progress, { limit, sourceRows }: RunOutline): number | null => {
  const all = progress.totalRows ?? sourceRows
  return all === null || limit === null ? all : Math.min(all, limit)
}

// A stage that needs the whole data set takes in all rows before it gives one.
const rate = (counts: StageCounts, kind: Step["kind"] | undefined, elapsedMs: number): string => {
  const nOut = counts.rowsOut + counts.rejected
  const nDone = nOut === 0 && kind === "whole" ? counts.rowsIn : nOut
  return nDone === 0 || elapsedMs <= 0 ? "" : `${amount((nDone * 1000) / elapsedMs)}/s`
}

const renderCallsNow = (progress: Progress, leftMs: number | null): string | undefined => {
  const models = [...progress.models.values()]
  if (models.length === 0) return undefined
  const nInFlight = models.reduce((sum, counts) => sum + counts.inFlight, 0)
  const left = leftMs === null ? [] : [`about ${duration(leftMs)} left`]
  return [`calls: ${amount(nInFlight)} in flight`, ...spendParts(models), ...left].join(", ")
}

/**
 * Mean pace of the slowest stage, carried on; null while it says nothing.
 *
 * Rows that left earlier count as done, so a stage behind a rejecting one can reach the total. The first stage that may change
 * the number of rows, and all behind it, say nothing about the pace of the source's rows. Answers from the journal take no
 * time, so what is left is expected to cost as many calls a row as what is done, all of them answered anew.
 */
const timeLeftMs = (progress: Progress, elapsedMs: number, outline: RunOutline): number | null => {
  const total = totalRows(progress, outline)
  if (total === null || elapsedMs < 2000) return null
  let nDone = total
  let nLeft = 0
  for (const { key, kind } of outline.steps) {
    if (kind === "reshape" || kind === "whole") break
    const counts = progress.stages.get(key)
    if (counts === undefined || kind === "source") continue
    nLeft += counts.rejected
    nDone = Math.min(nDone, counts.rowsOut + nLeft)
  }
  if (nDone === 0 || nDone >= total) return null
  const models = [...progress.models.values()]
  const nAnswered = models.reduce((sum, counts) => sum + counts.answered, 0)
  const nReplayed = models.reduce((sum, counts) => sum + counts.replayed, 0)
  if (nAnswered === 0 && nReplayed > 0) return null
  const slowdown = nReplayed === 0 ? 1 : (nAnswered + nReplayed) / nAnswered
  return (slowdown * elapsedMs * (total - nDone)) / nDone
}

const aligned = (rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => CliOutput.displayWidth(row[i]!))))
  return rows.map((row) =>
    row
      .flatMap((cell, i) => {
        if (widths[i] === 0) return []
        const space = " ".repeat(widths[i]! - CliOutput.displayWidth(cell))
        return i === 0 ? cell + space : space + cell
      })
      .join("  ")
      .trimEnd()
  )
}
