import type { ModelCounts } from "../Progress.ts"
import { costOf } from "./RunOutline.ts"

/** Writes a count or a rate for people: `1,234`, `34.5`, `0.25`. */
export const amount = (value: number): string =>
  value.toLocaleString("en-US", { maximumFractionDigits: value >= 100 ? 0 : value >= 1 ? 1 : 2 })

/** Writes a count with its noun: `1 call`, `1,234 calls`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${amount(n)} ${n === 1 ? one : many}`

/** Writes US dollars: cents from one dollar on, four digits below. */
export const dollars = (value: number): string =>
  `$${value.toLocaleString("en-US", value >= 1 || value === 0 ? { minimumFractionDigits: 2, maximumFractionDigits: 2 } : { maximumSignificantDigits: 3 })}`

/** Writes a span of time in its two largest units: `8 s`, `3 min 20 s`, `2 h 5 min`. */
export const duration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Writes bytes: `512 bytes`, `1.5 MB`; a kilobyte is 1,000 bytes. */
export const bytes = (value: number): string => {
  const units = ["kB", "MB", "GB", "TB"]
  if (value < 1000) return `${value} bytes`
  const power = Math.min(units.length, Math.floor(Math.log10(value) / 3))
  return `${amount(value / 1000 ** power)} ${units[power - 1]}`
}

/**
 * Says what the calls of all models came to: answered, from the journal, tries that failed, tried again, tokens and cost.
 *
 * Tokens are those of calls answered now; "~" stands before them and the cost where some are estimates. A cost is there only when it is known for
 * every model that answered. While a run goes, `now` adds the tokens a second and the cost at the end, where they are known.
 */
export const spendParts = (
  models: ReadonlyArray<ModelCounts>,
  now: { readonly tokensPerSecond: number | null; readonly costUsd: number | null } = noMoment
): ReadonlyArray<string> => {
  const sum = (of: (counts: ModelCounts) => number) => models.reduce((total, counts) => total + of(counts), 0)
  const nReplayed = sum((counts) => counts.replayed)
  const nFailed = sum((counts) => counts.failed)
  const nRetried = sum((counts) => counts.retried)
  const nTokens = sum((counts) => counts.promptTokens + counts.completionTokens)
  const costUsd = costOf(models)
  const about = models.some((counts) => counts.estimatedTokens > 0) ? "~" : ""
  const rate = now.tokensPerSecond === null ? "" : ` (${amount(now.tokensPerSecond)}/s)`
  const atEnd = now.costUsd === null ? "" : ` (about ${dollars(now.costUsd)} at the end)`
  return [
    `${amount(sum((counts) => counts.answered))} answered`,
    ...(nReplayed === 0 ? [] : [`${amount(nReplayed)} from the journal`]),
    ...(nFailed === 0 ? [] : [`${counted(nFailed, "try", "tries")} failed`]),
    ...(nRetried === 0 ? [] : [`${amount(nRetried)} retried`]),
    ...(nTokens === 0 ? [] : [`${about}${amount(nTokens)} tokens${rate}`]),
    ...(costUsd === null ? [] : [`${about}${dollars(costUsd)}${atEnd}`])
  ]
}

const noMoment = { tokensPerSecond: null, costUsd: null }
