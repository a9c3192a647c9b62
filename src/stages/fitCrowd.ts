import { bootstrapVotes, type BootstrapVotesOptions, type VoteFit } from "../cleaners/bootstrapVotes.ts"
import { compareJudges } from "../cleaners/compareJudges.ts"
import { dawidSkene } from "../cleaners/dawidSkene.ts"
import { glad } from "../cleaners/glad.ts"
import { majorityReliability } from "../cleaners/majorityReliability.ts"
import { majorityVote } from "../cleaners/majorityVote.ts"
import { noiseWarnings } from "../cleaners/noiseWarnings.ts"
import * as OneVoteEach from "../cleaners/OneVoteEach.ts"
import { type PooledVotes, unidentifiedAnnotators } from "../cleaners/unidentifiedAnnotators.ts"
import type { Votes } from "../cleaners/Votes.ts"
import type { Warning } from "../Findings.ts"
import type { PairFit } from "./fitPairs.ts"
import type { PairVotes } from "./pairVotes.ts"

type CrowdMethod = "majority" | "dawidSkene" | "glad"

const words = { majority: "majority vote", dawidSkene: "Dawid-Skene, votes alone", glad: "GLAD, votes alone" }

/**
 * Judges votes by how they agree, by majority or a model of the crowd, with no evidence but what is known of items.
 *
 * Votes of one annotator on one item count as one. No model sees what is known: that tells whether the majority misleads and who errs
 * together. Where overlaps of votes identify nobody, or judges err together, everything is refused. "majority" has no reliabilities: a
 * majority of which a vote is part says too little against it.
 */
export const fitCrowd = (
  method: CrowdMethod,
  names: ReadonlyArray<string>,
  { knownSide, votes: given }: PairVotes,
  bootstrap: BootstrapVotesOptions
): PairFit => {
  const blind = { ...given, pModel: given.pModel.map(() => 0.5) }
  const each = OneVoteEach.make(blind)
  const once = { ...blind, ...each }
  const fit = fitOf(method, once)
  // A majority needs no more than two votes.
  const unknown = method === "majority" && mostVotes(once) > 1 ? null : unidentifiedAnnotators(once)
  const reliability = fit.reliability.map((r, k) => (unknown?.[k] === 1 ? Number.NaN : r))
  const hasInterval = method !== "majority" && bootstrap.nReplicates > 0
  const drawn = hasInterval ? bootstrapVotes(once, (votes) => fitOf(method, votes), bootstrap) : null
  const total = reliability.reduce((sum, r, k) => sum + (Number.isNaN(r) ? 0 : fit.nLabels[k]!), 0)
  const rate = reliability.reduce((sum, r, k) => sum + (Number.isNaN(r) ? 0 : fit.nLabels[k]! * (1 - r)), 0) / total
  const ofAll = OneVoteEach.ofAllVotes(
    {
      reliability,
      ci95: drawn?.ci95 ?? { lower: reliability, upper: reliability },
      noiseRate: drawn?.noiseRate == null ? null : { estimate: rate, standardError: Number.NaN, ...drawn.noiseRate }
    },
    each
  )
  const knows = knownSide.some((side) => side !== 0)
  const truth = knows ? Int8Array.from(knownSide) : null
  const posterior = Float64Array.from(given.pModel, (_, i) => fit.classProb[2 * i]!)
  const { together } = compareJudges({ annotators: names, families: names.map(() => null) }, once, { posterior }, truth)
  const found = noiseWarnings(
    { ...ofAll, nLabels: each.nVotes, iterations: fit.iterations, converged: fit.converged },
    {
      calibrated: true,
      annotatorNames: names,
      mostVotes: mostVotes(once),
      majority: majorityReliability({ ...once, pModel: Float64Array.from(knownSide, (side) => (side + 1) / 2) }),
      together: { ...together, learnedFrom: "agreement" }
    }
  )
  const refused = found.some(({ refuses }) => refuses)
  const warnings: Array<Warning> = found.map(({ code, message }) => ({ code, message }))
  if (!refused && !hasInterval) {
    const remedy =
      method === "majority"
        ? 'use "dawidSkene" or "pooled" for one'
        : "draw data sets with bootstrap for one, 200 or so"
    warnings.push({
      code: "noInterval",
      message: `${words[method]} has no intervals of its own, so no noise rate is shown: ${remedy}`
    })
  }
  const counts = new Int32Array(given.pModel.length)
  for (let v = 0; v < once.item.length; v++) if (once.side[v] !== 0) counts[once.item[v]!]!++
  const isTold = (i: number) => !refused && counts[i]! > (method === "majority" ? 1 : 0)
  return {
    words: words[method],
    labelProb: Float64Array.from(given.item, (i, v) =>
      isTold(i) ? (given.side[v] === 1 ? posterior[i]! : 1 - posterior[i]!) : Number.NaN
    ),
    reliability: names.map((_, k) => {
      const estimate = ofAll.reliability[k]!
      if (refused || drawn === null || Number.isNaN(estimate)) return null
      return { estimate, ci95: [ofAll.ci95.lower[k]!, ofAll.ci95.upper[k]!] as const }
    }),
    noiseRate:
      refused || ofAll.noiseRate === null
        ? null
        : { estimate: ofAll.noiseRate.estimate, ci95: [ofAll.noiseRate.lower, ofAll.noiseRate.upper] },
    nLabels: each.nVotes,
    iterations: fit.iterations,
    converged: fit.converged,
    warnings
  }
}

interface CrowdFit extends VoteFit {
  readonly classProb: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

const fitOf = (method: CrowdMethod, votes: PooledVotes): CrowdFit => {
  const crowd = crowdVotes(votes)
  if (method === "dawidSkene") return dawidSkene(crowd)
  if (method === "glad") return glad(crowd)
  const { classProb } = majorityVote(crowd)
  const nLabels = new Int32Array(votes.nAnnotators)
  for (const k of crowd.annotator) nLabels[k]!++
  // Not shown: it only says that there is something to be judged.
  const reliability = Float64Array.from(nLabels, (n) => (n === 0 ? Number.NaN : 1))
  return { classProb, reliability, nLabels, iterations: 0, converged: true }
}

/** Votes with a winner in two classes. */
const crowdVotes = ({ annotator, item, nAnnotators, pModel, side }: PooledVotes): Votes => {
  const at = Int32Array.from(item.keys()).filter((v) => side[v] !== 0)
  return {
    item: at.map((v) => item[v]!),
    annotator: at.map((v) => annotator[v]!),
    label: Int8Array.from(at, (v) => (side[v] === 1 ? 0 : 1)),
    nItems: pModel.length,
    nAnnotators,
    nClasses: 2
  }
}

const mostVotes = ({ item, pModel }: PooledVotes): number => {
  const counts = new Int32Array(pModel.length)
  for (const i of item) counts[i]!++
  return counts.reduce((most, n) => Math.max(most, n), 0)
}
