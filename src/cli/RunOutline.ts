import type { Control } from "../Control.ts"
import type { Step } from "../Pipeline.ts"
import type { ModelCounts, Progress } from "../Progress.ts"

/** What is known of a run besides its counters. */
export interface RunOutline {
  /** The kind of a stage tells whether it keeps one row per row; `callsPerRow` whether it asks a model. */
  readonly steps: ReadonlyArray<Pick<Step, "key" | "kind" | "callsPerRow">>
  /** Rows taken from the source at most; null takes all. */
  readonly limit: number | null
  /** Rows of a source that does not count them itself, once somebody else has. */
  sourceRows: number | null
  /** The levers of the run, where somebody may use them. */
  readonly control?: Pick<Control, "paused" | "limit" | "stopReason">
}

/** What is known of a run while nothing but its counters is. */
export const noOutline: RunOutline = { steps: [], limit: null, sourceRows: null }

/** Rows the run takes from its source, or null while nobody knows. */
export const totalRows = (progress: Progress, { limit, sourceRows }: RunOutline): number | null => {
  const all = progress.totalRows ?? sourceRows
  return all === null || limit === null ? all : Math.min(all, limit)
}

/** What a run will come to if it goes on as it went. */
export interface Forecast {
  readonly leftMs: number | null
  /** US dollars that this process will have spent at the end. */
  readonly costUsd: number | null
}

const nothing: Forecast = { leftMs: null, costUsd: null }

/** Rows that have to be done before they say what the others will cost. */
const fewestRows = 20

/**
 * Carries the mean pace and the mean cost of a row on to the end; each is null while it says nothing.
 *
 * The pace is that of the slowest stage. Rows that left earlier count as done, so a stage behind a rejecting one can reach the
 * total. A wait for a rate limit that holds off every endpoint comes on top. The first stage that may change the number of rows, and all behind it, say nothing about the source's rows. Answers
 * from the journal take no time and cost nothing, so what is left is expected to need as many calls a row as what is done, all
 * of them answered anew.
 *
 * A cost is told once 20 rows are done and they are more than those under way, of which half of each counts as paid; never where
 * the price of a model is not known, or where a stage asks a model behind one that waits for all rows.
 */
export const forecast = (progress: Progress, elapsedMs: number, outline: RunOutline): Forecast => {
  const total = totalRows(progress, outline)
  if (total === null || elapsedMs < 2000) return nothing
  const { nBegun, nDone } = rowsDone(progress, outline, total)
  if (nDone === 0 || nDone >= total) return nothing
  const models = [...progress.models.values()]
  const nAnswered = models.reduce((sum, counts) => sum + counts.answered, 0)
  const nReplayed = models.reduce((sum, counts) => sum + counts.replayed, 0)
  if (nAnswered === 0 && nReplayed > 0) return nothing
  const slowdown = nReplayed === 0 ? 1 : (nAnswered + nReplayed) / nAnswered
  const leftMs = (slowdown * elapsedMs * (total - nDone)) / nDone + limitedMs(progress)
  const spentUsd = costOf(models)
  const isTelling = nDone >= fewestRows && nDone >= nBegun - nDone && !asksBehindWhole(outline)
  if (spentUsd === null || !isTelling) return { leftMs, costUsd: null }
  const nPaid = (nDone + nBegun) / 2
  return { leftMs, costUsd: spentUsd + (slowdown * spentUsd * (total - nPaid)) / nPaid }
}

/** US dollars that answers have cost; null unless it is known for every model that answered. */
export const costOf = (models: ReadonlyArray<ModelCounts>): number | null => {
  const paid = models.filter((counts) => counts.answered > 0)
  if (paid.length === 0 || paid.some((counts) => counts.costUsd === null)) return null
  return paid.reduce((sum, counts) => sum + counts.costUsd!, 0)
}

/** For how long no endpoint that is up will take a call, because of its rate limit. */
const limitedMs = ({ routes }: Progress): number => {
  const waits = [...routes.values()].filter(({ problem }) => problem === null).map((route) => route.limitedMs())
  return waits.length === 0 ? 0 : Math.min(...waits)
}

const rowsDone = (progress: Progress, outline: RunOutline, total: number) => {
  let nBegun: number | null = null
  let nDone = total
  let nLeft = 0
  for (const { key, kind } of outline.steps) {
    if (kind === "reshape" || kind === "whole") break
    const counts = progress.stages.get(key)
    if (counts === undefined || kind === "source") continue
    if (kind === "each") nBegun ??= counts.rowsIn + nLeft
    nLeft += counts.rejected
    nDone = Math.min(nDone, counts.rowsOut + nLeft)
  }
  return { nBegun: Math.max(nBegun ?? 0, nDone), nDone }
}

const asksBehindWhole = ({ steps }: RunOutline): boolean => {
  const firstWhole = steps.findIndex(({ kind }) => kind === "whole")
  return firstWhole >= 0 && steps.slice(firstWhole).some(({ callsPerRow }) => callsPerRow !== undefined)
}
