import type { Candidate } from "../../schemas/Candidate.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { type Contender, contenders } from "../../src/pairings/Contender.ts"
import { cutPairs, type Draw } from "../../src/pairings/cutPairs.ts"
import type { PairRule } from "../../src/pairings/PairRule.ts"
import { candidateOf } from "../stages/candidates.ts"

/** What a test says of a candidate; the text differs from those of all others unless it is given. */
export type Given = Partial<Candidate> & { readonly score?: number | null; readonly correct?: number }

/** Contenders named by their keys: `{ a: { score: 3 } }`; a rating on the axis "correct" where one is given. */
export const field = (given: Readonly<Record<string, Given | number | null>>): ReadonlyArray<Contender> => {
  const all = Object.entries(given).map(([id, one]) => ({
    id,
    ...(one === null || typeof one === "number" ? { score: one } : one)
  }))
  return contenders(
    all.map(({ correct: _correct, score: _score, ...candidate }) =>
      candidateOf({ text: `text ${candidate.id}`, ...candidate })
    ),
    all.map(({ score }) => score ?? null),
    all.map(({ correct }) => new Map(correct === undefined ? [] : [["correct", correct]]))
  )
}

/** Draws by seed. */
export const draws =
  (seed: string | number): Draw =>
  (...key) =>
    keyedRandom("draws", seed, ...key)()

/** The pairs a rule makes as "chosen>rejected", and the reasons of its problems. */
export const cut = (candidates: ReadonlyArray<Contender>, rule: PairRule, seed: string | number = 0) => {
  const made = cutPairs(candidates, rule, draws(seed))
  const id = (index: number) => candidates[index]!.id
  return {
    ...made,
    named: made.pairs.map(({ chosen, rejected }) => `${id(chosen)}>${id(rejected)}`),
    reasons: made.problems.map(({ reason }) => reason)
  }
}
