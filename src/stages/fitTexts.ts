import { annotatorWarnings } from "../cleaners/annotatorWarnings.ts"
import { hashTextFeatures } from "../cleaners/hashTextFeatures.ts"
import * as OneVoteEach from "../cleaners/OneVoteEach.ts"
import { rePoOnTexts } from "../cleaners/rePoOnTexts.ts"
import type { Warning } from "../Findings.ts"
import type { PairFit } from "./fitPairs.ts"
import type { PairLabels } from "./PairLabels.ts"
import type { PairVotes } from "./pairVotes.ts"

/**
 * Judges votes by texts and by each other, with `rePoOnTexts`, on the pairs whose texts were kept.
 *
 * Votes of one annotator on one pair count as one. Votes on other pairs get no probability, and a warning counts them.
 */
export const fitTexts = ({ names, texts }: PairLabels, { knownSide, votes: given }: PairVotes): PairFit => {
  const pairOf = new Map(texts.map(([item], pair) => [item, pair]))
  const kept = Int32Array.from(given.item.keys()).filter((v) => pairOf.has(given.item[v]!))
  const votes = {
    item: kept.map((v) => pairOf.get(given.item[v]!)!),
    annotator: kept.map((v) => given.annotator[v]!),
    side: Int8Array.from(kept, (v) => given.side[v]!),
    nAnnotators: names.length
  }
  const once = OneVoteEach.make({ ...votes, pModel: new Float64Array(texts.length).fill(0.5) })
  const found = rePoOnTexts({
    item: once.item,
    annotator: once.annotator,
    side: once.side,
    nAnnotators: names.length,
    differences: hashTextFeatures(texts.map(([, { a, b, prompt }]) => ({ prompt, chosen: a, rejected: b }))),
    promptId: texts.map(([, { promptId }]) => promptId),
    trusted: Int8Array.from(texts, ([item]) => knownSide[item]!)
  })
  const { posterior } = found.fit
  const fit = { ...found.fit, ...OneVoteEach.ofAllVotes(found.fit, once), nLabels: once.nVotes }
  const refused = found.warnings.some(({ refuses }) => refuses)
  const labelProb = new Float64Array(given.item.length).fill(Number.NaN)
  for (const [n, v] of refused ? [] : kept.entries()) {
    const p = posterior[votes.item[n]!]!
    labelProb[v] = votes.side[n] === 1 ? p : 1 - p
  }
  const labelled = [...fit.nLabels.keys()].filter((k) => fit.nLabels[k]! > 0)
  const warnings: Array<Warning> = [
    ...found.warnings.filter(({ code }) => !aboutAnnotators.has(code)),
    // With names, which the formula does not know.
    ...(refused ? [] : annotatorWarnings(fit, labelled, names))
  ].map(({ code, message }) => ({ code, message }))
  const nLeft = given.item.length - kept.length
  if (nLeft > 0) {
    const message = `${nLeft} of ${given.item.length} labels are on pairs whose texts were beyond the bounds of the sample; they have no probability`
    warnings.push({ code: "missingEvidence", message })
  }
  return {
    words: "RE-PO on texts, reward model and reliabilities in turn",
    labelProb,
    reliability: names.map((_, k) => {
      const estimate = fit.reliability[k]!
      return Number.isNaN(estimate) ? null : { estimate, ci95: [fit.ci95.lower[k]!, fit.ci95.upper[k]!] as const }
    }),
    noiseRate: fit.noiseRate && { estimate: fit.noiseRate.estimate, ci95: [fit.noiseRate.lower, fit.noiseRate.upper] },
    nLabels: fit.nLabels,
    iterations: fit.iterations,
    converged: found.converged && fit.converged,
    warnings
  }
}

const aboutAnnotators = new Set(["notIdentified", "fewLabels", "nearHalf", "belowHalf"])
