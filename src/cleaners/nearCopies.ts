import { nearDuplicates } from "./nearDuplicates.ts"
import type { SampledPair } from "./TextSample.ts"

/** Pairs that are nearly the same as others. */
export interface NearCopies {
  /** Pairs that were compared with each other. */
  readonly nPairs: number
  /** Ids of pairs of which another one is a near copy. */
  readonly copies: ReadonlySet<string>
  /** Those among them whose votes say the opposite of a near copy's. */
  readonly contradicting: ReadonlySet<string>
}

/**
 * Finds pairs whose prompts and both answers are near duplicates of another pair's, and those among them with opposite votes.
 *
 * Texts are alike as `nearDuplicates` says, from a Jaccard similarity of 0.8 of their runs of three words; chains count as one. Sides may stand the
 * other way round. A pair says what more of its votes say, and nothing where they are even or its two answers are alike. Deterministic. Time
 * and memory those of `nearDuplicates` for three texts a pair.
 */
export const nearCopies = (pairs: ReadonlyArray<SampledPair>): NearCopies => {
  const texts = pairs.flatMap(({ a, b, prompt }) => [prompt, a, b])
  const { group } = nearDuplicates(texts)
  const byTexts = new Map<string, Array<{ readonly id: string; readonly says: number }>>()
  for (const [p, { nA, nB, pairId, prompt }] of pairs.entries()) {
    // Texts without words are alike to none, the empty prompt of pairs that have none included.
    const ofPrompt = prompt === "" ? "none" : group[3 * p]!
    const [groupA, groupB] = [group[3 * p + 1]!, group[3 * p + 2]!]
    const key = `${ofPrompt} ${Math.min(groupA, groupB)} ${Math.max(groupA, groupB)}`
    const says = groupA === groupB ? 0 : Math.sign(nA - nB) * (groupA < groupB ? 1 : -1)
    const alike = byTexts.get(key)
    if (alike === undefined) byTexts.set(key, [{ id: pairId, says }])
    else alike.push({ id: pairId, says })
  }
  const copies = new Set<string>()
  const contradicting = new Set<string>()
  for (const alike of byTexts.values()) {
    if (alike.length < 2) continue
    for (const { id, says } of alike) {
      copies.add(id)
      if (says !== 0 && alike.some((other) => other.says === -says)) contradicting.add(id)
    }
  }
  return { nPairs: pairs.length, copies, contradicting }
}
