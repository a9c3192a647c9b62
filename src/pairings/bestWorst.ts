import { plainText } from "../math/plainText.ts"
import type { Contender } from "./Contender.ts"
import type { NoPair, PairRule } from "./PairRule.ts"
import * as Term from "./Term.ts"

/** Options of the rules that fill one place. */
export interface OnePlaceOptions {
  /** What happens where several candidates have the same claim to it: no pair (default), all of them, or one drawn by the run's seed. */
  readonly tie?: "drop" | "keep" | "random"
}

/** The original candidate with the highest score against the one with the lowest. No pair where all scores are equal, whatever `tie` says. */
export const bestWorst = ({ tie = "drop" }: OnePlaceOptions = {}): PairRule => ({
  rule: "bestWorst",
  wants: "two originals with different scores",
  chosen: { where: [Term.isBest] },
  rejected: { where: [Term.isWorst, Term.lessThanChosen(Term.score)] },
  most: 1,
  tie,
  explain: (candidates) =>
    tooFew(candidates) ?? (tie === "drop" ? (sharedEnd(candidates, "best") ?? sharedEnd(candidates, "worst")) : null)
})

/** Says that less than two originals have a score, or that all scores are equal. */
export const tooFew = (candidates: ReadonlyArray<Contender>): NoPair | null => {
  const scored = candidates.filter(({ rank }) => rank !== null)
  if (scored.length < 2) {
    const found = `${scored.length} of ${candidates.length} candidates are originals with a score`
    return { reason: "tooFew", detail: `${found}, expected 2` }
  }
  if (scored[0]!.lastRank !== 0) return null
  return { reason: "tie", detail: `All ${scored.length} scores are ${scored[0]!.score}` }
}

/** Says that several different texts share the best score, or the worst. */
export const sharedEnd = (candidates: ReadonlyArray<Contender>, end: "best" | "worst"): NoPair | null => {
  const test = end === "best" ? Term.isBest : Term.isWorst
  const there = candidates.filter((candidate) => test.of(candidate, candidate, () => 0))
  const nTexts = new Set(there.map(({ text }) => plainText(text))).size
  return nTexts > 1 ? { reason: "tie", detail: `${nTexts} candidates share the ${end} score ${there[0]!.score}` } : null
}
