import { TypedList } from "../math/TypedList.ts"
import { activeComparisons } from "./activeComparisons.ts"
import { likeliestStrengths } from "./likeliestStrengths.ts"

/** Standard deviation of the prior of strengths, in logits, as by default in `bradleyTerry`. */
const priorSd = 3

/** What is compared, and by which numbers ties between proposals are broken. */
export interface ActiveRoundsInput {
  readonly nItems: number
  /** Uniform numbers in [0, 1); 3 are used per item and round. */
  readonly random: () => number
}

/** Comparisons in rounds: proposals, then what was said about them, then the next proposals. */
export interface ActiveRounds {
  /** Proposes a round of comparisons, none of them proposed before; none where nothing is left. */
  readonly propose: () => { readonly first: Int32Array; readonly second: Int32Array }
  /** Takes a label into account from the next round on; ties count as half a win for both. */
  readonly learn: (label: { readonly strong: number; readonly weak: number; readonly tied: boolean }) => void
}

/**
 * Draws comparisons in rounds, each where the labels so far leave most to learn about Bradley-Terry strengths.
 *
 * A round has at most half as many comparisons as there are items, each item at most once; see `activeComparisons`. Proposed comparisons that
 * nobody labels are not proposed again and teach nothing. The result depends on the labels, their order and `random` only. Time of a
 * round is that of a fit to all labels, started from the strengths of the round before.
 */
export const activeRounds = ({ nItems, random }: ActiveRoundsInput): ActiveRounds => {
  const asked = new Set<number>()
  const key = (a: number, b: number) => Math.min(a, b) * nItems + Math.max(a, b)
  const strong = new TypedList(Int32Array)
  const weak = new TypedList(Int32Array)
  const tie = new TypedList(Uint8Array)
  const isAsked = (a: number, b: number) => asked.has(key(a, b))
  let strength = new Float64Array(nItems)
  return {
    propose: () => {
      const known = { nItems, strong: strong.values, weak: weak.values, tie: tie.values }
      const fit = likeliestStrengths(known, priorSd, strength)
      strength = Float64Array.from(fit.strength)
      const precision = new Float64Array(nItems).fill(1 / priorSd ** 2)
      for (const [e, information] of fit.information.entries()) {
        precision[known.strong[e]!]! += information
        precision[known.weak[e]!]! += information
      }
      const variance = precision.map((value) => 1 / value)
      const proposed = activeComparisons({ strength, variance, isAsked, random })
      for (const [i, a] of proposed.first.entries()) asked.add(key(a, proposed.second[i]!))
      return proposed
    },
    learn: (label) => {
      strong.push(label.strong)
      weak.push(label.weak)
      tie.push(Number(label.tied))
    }
  }
}
