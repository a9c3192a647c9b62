import { type Candidate, originalAnswer } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"

/** A candidate of an unknown model that ended well, unless told otherwise; its text is its id. */
export const candidateOf = (given: Partial<Candidate> & { readonly id: string }): Candidate => ({
  ...originalAnswer,
  text: given.id,
  model: "m",
  ...given
})

const blank = { annotatorKind: "simulated", axis: "overall", critique: null, plantedCorrect: null } as const

/** A score that an annotator gave to a candidate. */
export const ratingOf = (annotator: string, firstId: string, score: number | null): Judgment => ({
  ...blank,
  annotator,
  firstId,
  secondId: null,
  score,
  verdict: score === null ? "invalid" : null
})

/** A verdict of an annotator on two candidates, shown in this order. */
export const verdictOf = (
  annotator: string,
  firstId: string,
  secondId: string,
  verdict: NonNullable<Judgment["verdict"]>,
  plantedCorrect: boolean | null = null
): Judgment => ({ ...blank, annotator, firstId, secondId, score: null, verdict, plantedCorrect })

/** A label that was neither flagged nor treated, unless told otherwise. */
export const labelOf = (given: Partial<Label> & { readonly betterId: string; readonly worseId: string }): Label => ({
  annotator: "a",
  pModel: 0.5,
  labelProb: 0.9,
  flagged: false,
  flipped: false,
  weight: 1,
  ...given
})
