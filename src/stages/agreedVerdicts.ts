import type { Judgment } from "../../schemas/Judgment.ts"
import { Noted, noting, reject, Rejection } from "../Rejects.ts"
import { nameOf } from "./Judging.ts"

type Made = Noted<Judgment> | Rejection

/**
 * Gives comparisons with a score a verdict where both orders agree on it: the sign of the score, turned round in the other order.
 *
 * The other order may have been asked before. Where it says otherwise, or is missing, the verdict stays null; a disagreement is noted
 * once. What has no score is left as it is.
 */
export const agreedVerdicts = (before: ReadonlyArray<Judgment>, made: ReadonlyArray<Made>): ReadonlyArray<Made> => {
  const all = [...before, ...made.flatMap((one) => (one instanceof Noted ? [one.given] : []))]
  return made.map((one) => {
    if (!(one instanceof Noted) || one.given.score === null) return one
    const { given, notes } = one
    const at = all.indexOf(given)
    const other = all.findIndex((judgment) => isTurned(judgment, given))
    if (other < 0) return one
    if (Math.sign(all[other]!.score!) === -Math.sign(given.score!)) {
      return noting({ ...given, verdict: verdictOf(given.score!) }, notes)
    }
    const scores = `${given.score} in one order and ${all[other]!.score} in the other`
    const isNotedBefore = other >= before.length && other < at
    return isNotedBefore ? one : noting(given, [...notes, reject("orders disagree", `${nameOf(given)}: ${scores}`)])
  })
}

/** What the sign of a gap says. */
export const verdictOf = (gap: number): NonNullable<Judgment["verdict"]> =>
  gap === 0 ? "tie" : gap > 0 ? "first" : "second"

const isTurned = (a: Judgment, b: Judgment): boolean =>
  a.score !== null &&
  a.annotator === b.annotator &&
  a.axis === b.axis &&
  a.firstId === b.secondId &&
  a.secondId === b.firstId
