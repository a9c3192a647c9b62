import type { JournalFile } from "../JournalFile.ts"
import { journalCall } from "../journalLines.ts"
import type { AskedLine } from "../Provenance.ts"
import type { WhyCall, WhyCost } from "./RowOrigin.ts"

/** Calls behind a row, and those that the rows with its id may have between them. */
export interface CallsBehind {
  readonly calls: ReadonlyArray<WhyCall>
  /** Calls about texts of other rows with the same id alone, which are left out. */
  readonly nOfOthers: number
}

/**
 * Joins the keys that stages noted with the calls of the journal, each call once, under the stage that asked first.
 *
 * A call is about a side when the side's text stands in its request or its answer. `others` are texts of other rows with the same id. Without
 * a journal, or where an answer was pruned, only the key is known. Throws what SQLite throws.
 */
export const callsBehind = (
  asked: ReadonlyArray<AskedLine>,
  journal: JournalFile | null,
  texts: Readonly<Record<string, string>>,
  others: ReadonlyArray<string> = []
): CallsBehind => {
  const sides = Object.entries(texts)
    .filter(([, text]) => text !== "")
    .map(([side, text]) => [side, inJson(text)] as const)
  const elsewhere = others.filter((text) => text !== "").map(inJson)
  const seen = new Set<string>()
  const calls: Array<WhyCall> = []
  let nOfOthers = 0
  for (const { calls: keys, stage } of asked) {
    for (const key of keys) {
      if (seen.has(key)) continue
      seen.add(key)
      const kept = journal === null ? null : journalCall(journal, key)
      const written = kept === null ? "" : JSON.stringify([kept.request, kept.answer])
      const about = sides.filter(([, text]) => written.includes(text)).map(([side]) => side)
      if (about.length === 0 && elsewhere.some((text) => written.includes(text))) nOfOthers++
      else calls.push({ stage, key, about, kept })
    }
  }
  return { calls, nOfOthers }
}

/** A text as it stands inside JSON. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** Adds up what calls came to. What one call took is kept with the first of the samples that it brought. */
export const costOfCalls = (calls: ReadonlyArray<WhyCall>): WhyCost => {
  const kept = calls.flatMap((call) => (call.kept === null ? [] : [call.kept]))
  const bringers = new Map<string, NonNullable<WhyCall["kept"]>>()
  const sent = calls.filter((call) => !isFurtherSample(call, bringers))
  return {
    calls: sent.length,
    promptTokens: sum(kept.map(({ promptTokens }) => promptTokens)),
    completionTokens: sum(kept.map(({ completionTokens }) => completionTokens)),
    costUsd: sum(kept.map(({ costUsd }) => costUsd)),
    unpriced: sent.filter((call) => call.kept === null || call.kept.costUsd === null).length
  }
}

/**
 * Whether one of the calls that brought an answer before brought this one, too: it is kept with the same time, and with nothing
 * that it took by itself. Where nobody knows what calls took they count one by one.
 */
const isFurtherSample = ({ kept }: WhyCall, bringers: Map<string, NonNullable<WhyCall["kept"]>>): boolean => {
  const request = (kept?.request ?? {}) as { readonly sampleIndex?: unknown; readonly request?: object }
  if (kept === null || typeof request.sampleIndex !== "number") return false
  const { answeredAt, costUsd, endpoint, latencyMs, model, promptTokens } = kept
  const name = JSON.stringify([endpoint, model, answeredAt, latencyMs, { ...request.request, seed: null }])
  const bringer = bringers.get(name)
  if (bringer !== undefined) return promptTokens === 0 || (costUsd === 0 && bringer.costUsd !== 0)
  bringers.set(name, kept)
  return false
}

const sum = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
