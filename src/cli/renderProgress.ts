import * as CliOutput from "effect/cli/CliOutput"
import type { Step } from "../Pipeline.ts"
import type { Progress, RouteCounts, StageCounts } from "../Progress.ts"
import { amount, counted, duration, spendParts } from "./Amount.ts"
import { fitted } from "./fitted.ts"
import { printable } from "./printable.ts"
import { forecast, noOutline, type RunOutline, totalRows } from "./RunOutline.ts"

/**
 * Draws the state of a run as lines of at most `width` columns: one per stage, one when the run is paused or stopping, those
 * about calls when there are any, and one per endpoint that is down or whose rate limit is waited for.
 *
 * `elapsedMs` counts from the start of the run; rates are means over it, except that of tokens, which is given and left out when
 * null. The time left and the cost at the end are those of `forecast`. A cost is shown only when it is known for every model that
 * answered. The text is safe for a terminal.
 */
export const renderProgress = (
  progress: Progress,
  elapsedMs: number,
  width: number,
  outline: RunOutline = noOutline,
  tokensPerSecond: number | null = null
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
  const calls = callParts(progress, elapsedMs, outline, tokensPerSecond)
  return [
    ...aligned(rows),
    ...stateOf(progress, outline),
    ...(calls.length === 0 ? [] : wrapped("calls: ", calls, width)),
    ...endpointsHeldUp(progress)
  ].map((line) => fitted(line, width))
}

/** Draws the state of a run as one line, for logs, with the stages that have begun; see `renderProgress`. */
export const renderProgressLine = (
  progress: Progress,
  elapsedMs: number,
  outline: RunOutline = noOutline,
  tokensPerSecond: number | null = null
): string => {
  const started = [...progress.stages].filter(([, { rowsIn, rowsOut }], i) => i === 0 || rowsIn + rowsOut > 0)
  const stages = started.map(([key, { rowsOut, rejected }]) =>
    [`${printable(key)} ${amount(rowsOut)}`, ...(rejected === 0 ? [] : [`(${amount(rejected)} rejected)`])].join(" ")
  )
  const calls = callParts(progress, elapsedMs, outline, tokensPerSecond)
  const said = [
    ...stateOf(progress, outline),
    ...(calls.length === 0 ? [] : [`calls: ${calls.join(", ")}`]),
    ...endpointsHeldUp(progress)
  ]
  return [`${duration(elapsedMs)}:`, stages.join(", "), ...(said.length === 0 ? [] : ["–", said.join("; ")])].join(" ")
}

// A stage that needs the whole data set takes in all rows before it gives one.
const rate = (counts: StageCounts, kind: Step["kind"] | undefined, elapsedMs: number): string => {
  const nOut = counts.rowsOut + counts.rejected
  const nDone = nOut === 0 && kind === "whole" ? counts.rowsIn : nOut
  return nDone === 0 || elapsedMs <= 0 ? "" : `${amount((nDone * 1000) / elapsedMs)}/s`
}

const nInFlight = (progress: Progress): number =>
  [...progress.models.values()].reduce((sum, counts) => sum + counts.inFlight, 0)

/** Calls that may be in flight at the moment, over all endpoints that are up; null while none is known. */
const limitNow = (progress: Progress, { control }: RunOutline): number | null => {
  const lanes = [...progress.routes.values()].reduce(
    (sum, { limit, problem }) => sum + (problem === null ? limit : 0),
    0
  )
  return lanes === 0 ? null : Math.min(lanes, control?.limit ?? lanes)
}

const callParts = (
  progress: Progress,
  elapsedMs: number,
  outline: RunOutline,
  tokensPerSecond: number | null
): ReadonlyArray<string> => {
  const models = [...progress.models.values()]
  if (models.length === 0) return []
  const limit = limitNow(progress, outline)
  const nLost = models.reduce((sum, counts) => sum + counts.lost, 0)
  const { costUsd, leftMs } = forecast(progress, elapsedMs, outline)
  const isHeld = outline.control?.paused === true || (outline.control?.stopReason ?? null) !== null
  return [
    `${amount(nInFlight(progress))} in flight${limit === null ? "" : ` (limit ${amount(limit)})`}`,
    ...(nLost === 0 ? [] : [`${amount(nLost)} lost (maybe billed)`]),
    ...spendParts(models, { tokensPerSecond, costUsd }),
    ...(leftMs === null || isHeld ? [] : [`about ${duration(leftMs)} left`])
  ]
}

/** Says what the provider waits for, and, where that is so, that no new call starts and why; a line each. */
const stateOf = (progress: Progress, { control }: RunOutline): ReadonlyArray<string> => {
  const status = progress.status?.() ?? null
  const waiting = status === null ? [] : [printable(status)]
  if (control === undefined) return waiting
  const n = nInFlight(progress)
  if (control.stopReason !== null) {
    return [...waiting, n === 0 ? "stopping" : `stopping: finishing ${counted(n, "call")}`]
  }
  return control.paused ? [...waiting, "paused: no new call starts"] : waiting
}

const mostEndpoints = 3

/** A shorter wait is how a limit evens calls out. */
const leastWaitMs = 1000

/** A line for each endpoint that calls wait for, because of its rate limit or because it is down. */
const endpointsHeldUp = (progress: Progress): ReadonlyArray<string> => {
  const down = [...progress.routes].filter(([, { problem }]) => problem !== null)
  const waits = [...progress.routes]
    .map(([endpoint, { limitedMs }]) => ({ endpoint, ms: limitedMs() }))
    .filter(({ ms }) => ms >= leastWaitMs)
  const nMore = down.length - mostEndpoints
  return [
    ...waits
      .slice(0, mostEndpoints)
      .map(({ endpoint, ms }) => `waiting ${duration(ms)} for the rate limit of ${printable(endpoint)}`),
    ...down.slice(0, mostEndpoints).map(([endpoint, counts]) => endpointDown(endpoint, counts)),
    ...(nMore <= 0 ? [] : [`endpoints: ${nMore} more ${nMore === 1 ? "is" : "are"} down`])
  ]
}

const endpointDown = (endpoint: string, { problem }: RouteCounts): string =>
  `endpoint ${printable(endpoint)} is down: ${fitted(printable(problem ?? ""), 120)}; asked again in a while`

/** Puts parts on as few lines as hold them within `width`; those behind the first are indented. */
const wrapped = (head: string, parts: ReadonlyArray<string>, width: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let line = ""
  for (const [i, part] of parts.entries()) {
    const end = i === parts.length - 1 ? "" : ","
    if (line !== "" && CliOutput.displayWidth(`${line} ${part}${end}`) <= width) line = `${line} ${part}${end}`
    else {
      if (line !== "") lines.push(line)
      line = `${lines.length === 0 ? head : " ".repeat(head.length)}${part}${end}`
    }
  }
  return [...lines, line]
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
