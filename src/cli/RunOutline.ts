import type { Control } from "../Control.ts"
import type { Step } from "../Pipeline.ts"
import type { ModelCounts, Progress } from "../Progress.ts"
import { RowShares } from "./RowShares.ts"

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

/** The part of a forecast that its standard error may be. */
const mostError = 1 / 3

/** The part of all calls that may be of rows that are not done yet, even where none is under way. */
const leastSlack = 0.02

/** The standard deviation of what a row that is under way has had of its calls: anything between none and all. */
const spread = 1 / Math.sqrt(12)

/** What was learned of runs that are going. */
const learned = new WeakMap<
  Progress,
  { readonly calls: RowShares; readonly usd: RowShares; readonly nGuessed: number }
>()

/**
 * Carries the calls and the cost of a row at each stage on to the end; each is null while it says nothing.
 *
 * What a row takes at each stage is learned from one look at the counters to the next (`RowShares`), so that a stage that has just
 * begun behind one that is done counts with its own calls; one that no row has left says nothing. The time left is that of the
 * calls still to come at the mean pace so far, and a wait for a rate limit that holds off every endpoint on top; without any call the
 * pace of the slowest stage decides. Rows that left earlier count as done. The first stage that may change the number of rows, and all
 * behind it, say nothing about the source's rows. Answers from the journal take no time and cost nothing; what is left is expected
 * to be answered anew, with as many samples a call as so far.
 *
 * Neither is told while its standard error is above a third of it, nor before 20 rows are done, or a tenth of fewer than 200; a
 * time never while every endpoint is down; a cost never where the price of a model is not known, or where a stage asks a model
 * behind one that waits for all rows.
 */
export const forecast = (progress: Progress, elapsedMs: number, outline: RunOutline): Forecast => {
  const total = totalRows(progress, outline)
  if (total === null) return nothing
  const { asking, nUnderWay, slowest } = rowsDone(progress, outline, total)
  const models = [...progress.models.values()]
  const nAnswered = models.reduce((sum, counts) => sum + counts.answered, 0)
  const nGuessed = models.filter(({ replayed, samples }) => replayed > 0 && samples === 0).length
  const known = learned.get(progress)
  // What was learned from a guess is worth nothing any more.
  const shares = known?.nGuessed === nGuessed ? known : { calls: new RowShares(), usd: new RowShares(), nGuessed }
  learned.set(progress, shares)
  const nCalls = nAnswered + models.reduce((sum, counts) => sum + callsReplayed(counts), 0)
  const spentUsd = costOf(models)
  const slack = leastSlack + (spread * nUnderWay) / asking.reduce((sum, nDone) => sum + nDone, nUnderWay)
  shares.calls.see(asking, nCalls, slack)
  const savedUsd = models.reduce(
    (sum, counts) => sum + callsReplayed(counts) * (usdPerCall(counts) ?? (spentUsd ?? 0) / nAnswered),
    0
  )
  if (spentUsd !== null) shares.usd.see(asking, spentUsd + savedUsd, slack)
  if (elapsedMs < 2000 || slowest < Math.min(fewestRows, total / 10) || slowest >= total) return nothing
  if (nCalls === 0) return { leftMs: (elapsedMs * (total - slowest)) / slowest, costUsd: null }
  if (nAnswered === 0) return nothing
  const calls = shares.calls.of(asking.map((nDone) => total - nDone))
  const usd = shares.usd.of(asking.map(() => total))
  const isTimeKnown = calls.error <= mostError * calls.amount && !areAllDown(progress)
  const isCostKnown = spentUsd !== null && usd.error <= mostError * usd.amount && !asksBehindWhole(outline)
  return {
    leftMs: isTimeKnown ? (calls.amount * elapsedMs) / nAnswered + limitedMs(progress) : null,
    costUsd: isCostKnown ? Math.max(spentUsd, usd.amount - savedUsd) : null
  }
}

/** The calls that what came from the journal would take; a guess before the first of a model is answered. */
const callsReplayed = ({ answered, replayed, samples }: ModelCounts): number =>
  samples === 0 ? replayed : (replayed * answered) / samples

const usdPerCall = ({ answered, costUsd }: ModelCounts): number | null =>
  answered === 0 || costUsd === null ? null : costUsd / answered

/** US dollars that answers have cost; null unless it is known for every model that answered. */
export const costOf = (models: ReadonlyArray<ModelCounts>): number | null => {
  const paid = models.filter((counts) => counts.answered > 0)
  if (paid.length === 0 || paid.some((counts) => counts.costUsd === null)) return null
  return paid.reduce((sum, counts) => sum + counts.costUsd!, 0)
}

const areAllDown = ({ routes }: Progress): boolean =>
  routes.size > 0 && [...routes.values()].every(({ problem }) => problem !== null)

/** For how long no endpoint that is up will take a call, because of its rate limit. */
const limitedMs = ({ routes }: Progress): number => {
  const waits = [...routes.values()].filter(({ problem }) => problem === null).map((route) => route.limitedMs())
  return waits.length === 0 ? 0 : Math.min(...waits)
}

/** Rows of the source that each stage that may ask is done with or has under way, and the slowest stage of all, up to where rows are others. */
const rowsDone = (progress: Progress, outline: RunOutline, total: number) => {
  const asking: Array<number> = []
  let nUnderWay = 0
  let slowest = total
  let nLeft = 0
  for (const { callsPerRow, key, kind } of outline.steps) {
    if (kind === "reshape" || kind === "whole") break
    const counts = progress.stages.get(key)
    if (counts === undefined || kind === "source") continue
    nLeft += counts.rejected
    const nDone = Math.min(total, counts.rowsOut + nLeft)
    slowest = Math.min(slowest, nDone)
    if (kind !== "each" && callsPerRow === undefined) continue
    asking.push(nDone)
    nUnderWay += counts.rowsIn - counts.rowsOut - counts.rejected
  }
  return { asking, nUnderWay, slowest }
}

const asksBehindWhole = ({ steps }: RunOutline): boolean => {
  const firstWhole = steps.findIndex(({ kind }) => kind === "whole")
  return firstWhole >= 0 && steps.slice(firstWhole).some(({ callsPerRow }) => callsPerRow !== undefined)
}
