import { wilson } from "../math/wilson.ts"
import { hashTextFeatures } from "./hashTextFeatures.ts"
import { outOfFoldGaps } from "./outOfFoldGaps.ts"
import type { SampledPair } from "./TextSample.ts"

/** What texts alone say about labels. */
export interface TextEvidence {
  /** Pairs that were compared: those with a winner for which a model prefers one side. */
  readonly nPairs: number
  /** Share of them on which a model that never saw the label agrees with it; NaN without pairs. */
  readonly accuracy: number
  /** 95 % Wilson interval of it. */
  readonly lower: number
  readonly upper: number
  /** Whether the interval lies above 1/2. */
  readonly hasSignal: boolean
  /** Per pair id, the score of side A less that of side B in logits of labels as recorded; pairs without a score are left out. */
  readonly gap: ReadonlyMap<string, number>
}

/**
 * Asks whether the texts of pairs tell their labels, with a reward model that is trained out of fold.
 *
 * A model that beats a coin on labels it never saw can rank them by how much it disagrees. It cannot say how many are wrong:
 * labels that follow the texts badly and labels that are wrong look the same to it, and what labels have in common, such as a
 * taste for long answers, it learns whether right or not. Votes on both sides of a pair are its target together; a pair with
 * equally many has no winner. The interval takes pairs as independent, which those of one prompt are not quite. Deterministic.
 * Time and memory as `hashTextFeatures` and `outOfFoldGaps`.
 */
export const textEvidence = (pairs: ReadonlyArray<SampledPair>): TextEvidence => {
  const { gap } = outOfFoldGaps({
    differences: hashTextFeatures(pairs.map(({ a, b, prompt }) => ({ prompt, chosen: a, rejected: b }))),
    target: Float64Array.from(pairs, ({ nA, nB }) => nA / (nA + nB)),
    promptId: pairs.map(({ promptId }) => promptId)
  })
  let nPairs = 0
  let nAgreeing = 0
  for (const [i, { nA, nB }] of pairs.entries()) {
    if (nA === nB || gap[i] === 0 || Number.isNaN(gap[i]!)) continue
    nPairs++
    if (gap[i]! > 0 === nA > nB) nAgreeing++
  }
  const { lower, upper } = wilson(nAgreeing, nPairs)
  return {
    nPairs,
    accuracy: nAgreeing / nPairs,
    lower,
    upper,
    hasSignal: lower > 0.5,
    gap: new Map(pairs.flatMap(({ pairId }, i) => (Number.isNaN(gap[i]!) ? [] : [[pairId, gap[i]!] as const])))
  }
}
