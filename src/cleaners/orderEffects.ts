import { indexesWhere } from "../math/indexesWhere.ts"
import { wilson } from "../math/wilson.ts"
import { type OrderEffect, orderSwap } from "./orderSwap.ts"
import { possibleSwaps } from "./possibleSwaps.ts"
import type { VoteColumns } from "./VoteTable.ts"

/** Effects of the order by annotator. Only votes that may have a counterpart are matched, the share of the first is that of all. */
export const orderEffects = (columns: VoteColumns): ReadonlyArray<OrderEffect> => {
  const { annotator, annotators, first, second, verdict } = columns
  const nAnnotators = annotators.length
  const nFirst = new Int32Array(nAnnotators)
  const nDecided = new Int32Array(nAnnotators)
  const mayMatch = possibleSwaps(columns)
  const at = indexesWhere(first.length, (v) => {
    const hasWinner = (verdict[v] === 1 || verdict[v] === -1) && first[v] !== second[v]
    if (!hasWinner) return false
    nDecided[annotator[v]!]!++
    if (verdict[v] === 1) nFirst[annotator[v]!]!++
    return mayMatch[v] === 1
  })
  const matched = orderSwap({
    annotator: Int32Array.from(at, (v) => annotator[v]!),
    nAnnotators,
    first: Int32Array.from(at, (v) => first[v]!),
    second: Int32Array.from(at, (v) => second[v]!),
    verdict: Int8Array.from(at, (v) => verdict[v]!)
  })
  return matched.map((effect, k) => ({
    ...effect,
    firstShare: {
      share: nFirst[k]! / nDecided[k]!,
      ...wilson(nFirst[k]!, nDecided[k]!),
      nCases: nDecided[k]!
    }
  }))
}
