import type { Label } from "../../schemas/Label.ts"

/**
 * The posterior probability that `chosenId` is better than `rejectedId`, from every label about these two; null without one.
 *
 * Starts from the scorer's probability and adds each label's evidence, `logit labelProb − logit pModel`, in its direction: the
 * labels of one pair are pooled, as in one-coin Dawid-Skene with a model prior. Assumes that annotators err independently.
 * Source: algorithms of Dawid and Skene 1979, https://doi.org/10.2307/2346806
 */
export const pairProbability = (
  labels: ReadonlyArray<Label> | undefined,
  chosenId: string,
  rejectedId: string
): { readonly probability: number | null; readonly nLabels: number } => {
  let sum = 0
  let prior = 0
  let nLabels = 0
  for (const { betterId, worseId, flipped, labelProb, pModel } of labels ?? []) {
    const isSame = betterId === chosenId && worseId === rejectedId
    if (!isSame && !(betterId === rejectedId && worseId === chosenId)) continue
    const sign = isSame !== flipped ? 1 : -1
    prior = sign * logit(pModel)
    sum += sign * (logit(labelProb) - logit(pModel))
    nLabels++
  }
  return { probability: nLabels === 0 ? null : 1 / (1 + Math.exp(-(prior + sum))), nLabels }
}

const logit = (p: number): number => {
  const inside = Math.min(1 - 1e-9, Math.max(1e-9, p))
  return Math.log(inside / (1 - inside))
}
