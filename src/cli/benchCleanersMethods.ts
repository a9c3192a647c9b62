import { consensus } from "../cleaners/consensus.ts"
import { confidentLearning } from "../cleaners/confidentLearning.ts"
import { fitBradleyTerry } from "../cleaners/fitBradleyTerry.ts"
import { fitTemperature } from "../cleaners/fitTemperature.ts"
import type { Flags } from "../cleaners/Flags.ts"
import { followingDifficulty, type ResponseLogProbs } from "../cleaners/followingDifficulty.ts"
import { ifd } from "../cleaners/ifd.ts"
import { ifdGap } from "../cleaners/ifdGap.ts"
import { llmJudge } from "../cleaners/llmJudge.ts"
import { lowestFraction } from "../cleaners/lowestFraction.ts"
import { majorityVote } from "../cleaners/majorityVote.ts"
import type { NoiseRate } from "../cleaners/noiseRate.ts"
import { oneCoinDawidSkene } from "../cleaners/oneCoinDawidSkene.ts"
import { outOfFoldGaps } from "../cleaners/outOfFoldGaps.ts"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { pooledTemperatureSlope } from "../cleaners/pooledTemperatureSlope.ts"
import { type BenchMethod, prefCleanBench } from "../cleaners/prefCleanBench.ts"
import { rePo } from "../cleaners/rePo.ts"
import { rePoOnTexts, type RePoOnTextsInput } from "../cleaners/rePoOnTexts.ts"
import { rwGap } from "../cleaners/rwGap.ts"
import { scoreGap } from "../cleaners/scoreGap.ts"
import { tagCmp } from "../cleaners/tagCmp.ts"
import { tagDiv } from "../cleaners/tagDiv.ts"
import { temperatureSlope } from "../cleaners/temperatureSlope.ts"
import { voteAll } from "../cleaners/voteAll.ts"
import { voteMaj } from "../cleaners/voteMaj.ts"
import { weakPrior } from "../cleaners/weakPrior.ts"
import { widenInterval } from "../cleaners/widenInterval.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { sigmoid } from "../math/sigmoid.ts"
import type { SparseRows } from "../math/SparseRows.ts"
import type { BenchDrawResult } from "./benchCleanersDraws.ts"
import { type BenchPairs, nRewardModels } from "./benchCleanersPairs.ts"

/** The labels to clean: `nVotes` votes on each pair, the first of which is the recorded label. */
export interface SpoiledLabels {
  /** Pairs by votes, row by row: who voted. */
  readonly annotator: Int32Array
  readonly nAnnotators: number
  readonly nVotes: number
  /** Pairs by votes: 1 where the vote is wrong. */
  readonly isWrong: Uint8Array
  /** Pairs by votes: the probability that the vote is wrong. */
  readonly probability: Float64Array
}

/** What a cleaner made of the labels. */
export interface Cleaned {
  readonly method: string
  readonly treatment: "keep" | "remove" | "flip" | "softLabel"
  /** Low is suspect; null where the cleaner has none. */
  readonly score: Float64Array | null
  readonly flagged: Uint8Array
  /** Per pair, the probability that the recorded order is right; for "softLabel". */
  readonly labelProb?: Float64Array
  readonly noise: BenchDrawResult["noise"]
}

/** How many models RwGap has. */
const nGapModels = 8

/**
 * Runs every cleaner on the same labels and evidence, with `budget` flagged rows where the rule takes a number.
 *
 * The rules that have a size of their own (votes, judge, confident learning, majority) keep it. RwGap reads reward models that
 * are trained here on the very labels, with eight seeds, as the benchmark does. Temperatures are fitted on the trusted pairs,
 * which no cleaner sees otherwise. RE-PO gives its noise rate from a flat prior and its probabilities from `weakPrior`, as
 * advised there, and intervals hold the standard error of the temperature, as in the stage `clean`. What cannot be run is left out with the reason. Deterministic.
 */
export const benchCleanersMethods = (
  pairs: BenchPairs,
  trusted: BenchPairs,
  labels: SpoiledLabels,
  budget: number
): {
  readonly cleaned: ReadonlyArray<Cleaned>
  readonly leftOut: ReadonlyArray<{ readonly method: string; readonly reason: string }>
} => {
  const n = pairs.id.length
  const { annotator, isWrong, nAnnotators, nVotes, probability } = labels
  const wrong = (i: number) => isWrong[i * nVotes] === 1
  const recorded = (better: Float64Array) => better.map((gap, i) => (wrong(i) ? -gap : gap))
  const target = Float64Array.from({ length: n }, (_, i) => (wrong(i) ? 0 : 1))
  const ofRecorded = Float64Array.from({ length: n }, (_, i) => probability[i * nVotes]!)
  const cleaned: Array<Cleaned> = []
  const leftOut = [
    { method: "RE-PO on DPO, IPO, SimPO or CPO log-probabilities", reason: "no language model is trained here" }
  ]
  const lowest = (score: Float64Array) => lowestFraction(score, pairs.id, { budget })
  const add = (method: string, treatment: Cleaned["treatment"], flags: Flags, noise: Cleaned["noise"] = null) =>
    cleaned.push({ method, treatment, ...flags, noise })

  const ofRule = new Map<BenchMethod["rule"], Flags>()
  for (const method of prefCleanBench) {
    const flags = ofRule.get(method.rule) ?? ruleFlags(method, pairs, labels, budget)
    ofRule.set(method.rule, flags)
    add(method.name, method.treatment, flags)
  }

  const outOfFold = outOfFoldGaps({ differences: pairs.differences, target, promptId: pairs.promptId }).gap
  const textGap = recorded(outOfFold)
  add("Reward model, out of fold", "remove", { score: textGap, flagged: lowest(textGap) })

  const isFirst = pairs.id.map((id) => keyedRandom("benchCleaners side", id)() < 0.5)
  const sideOfVote = (v: number) => Number(isFirst[Math.floor(v / nVotes)] === (isWrong[v] === 1))
  const learning = confidentLearning({
    label: Int8Array.from({ length: n }, (_, i) => sideOfVote(i * nVotes)),
    pModel: Float64Array.from({ length: 2 * n }, (_, k) => {
      const p = sigmoid(outOfFold[k >> 1]!)
      return isFirst[k >> 1] === ((k & 1) === 0) ? p : 1 - p
    }),
    nClasses: 2
  })
  add(
    "Confident learning",
    "remove",
    { score: textGap, flagged: learning.pruneByNoiseRate },
    { estimate: learning.noiseRate, ci95: null, expected: meanOf(ofRecorded) }
  )

  const addRePo = (name: string, gap: Float64Array, trustedGap: Float64Array) => {
    const { reason, standardError, temperature } = fitTemperature({
      margin: trustedGap,
      correct: new Uint8Array(trustedGap.length).fill(1)
    })
    if (temperature === null) {
      leftOut.push({ method: name, reason: `no temperature on the trusted pairs: ${reason}` })
      return null
    }
    const voters = Int32Array.from({ length: n }, (_, i) => annotator[i * nVotes]!)
    const pModel = gap.map((value) => sigmoid(value / temperature))
    const input = { pModel: recordedProb(pModel, wrong), annotator: voters, nAnnotators }
    const fit = rePo(input, { solver: "newton" })
    const { labelProb } = rePo(input, { solver: "newton", prior: weakPrior(fit) })
    const relativeError = standardError! / temperature
    const drift = temperatureSlope(input, fit).noiseRate * relativeError
    const noise = noiseOf(fit.noiseRate, meanOf(ofRecorded), drift)
    const flags = { score: labelProb, flagged: lowest(labelProb) }
    add(name, "remove", flags, noise)
    add(name, "flip", flags, noise)
    cleaned.push({ method: name, treatment: "softLabel", ...flags, labelProb, noise })
    return { pModel, relativeError }
  }
  const all = fitBradleyTerry({ differences: pairs.differences, target })
  addRePo(
    "RE-PO, text alone",
    outOfFold,
    Float64Array.from(trusted.id, (_, i) => scoreGap(trusted.differences, i, all))
  )
  const calibrated = addRePo("RE-PO, reward scores", meanGap(pairs), meanGap(trusted))

  const inTurns = rePoOnTexts(withTrusted(pairs, trusted, labels), { nFolds: 3, maxRounds: 2 })
  const inTurnsProb = inTurns.fit.labelProb.slice(0, n)
  add(
    "RE-PO on texts, in turns",
    "remove",
    { score: inTurnsProb, flagged: lowest(inTurnsProb) },
    noiseOf(inTurns.fit.noiseRate, meanOf(ofRecorded), 0)
  )

  const item = Int32Array.from(annotator, (_, v) => Math.floor(v / nVotes))
  const votes = {
    item,
    annotator,
    label: Int8Array.from(item, (_, v) => sideOfVote(v)),
    nItems: n,
    nAnnotators,
    nClasses: 2
  }
  /** The share or probability of the recorded side, and the flags where the other side has more. */
  const ofConsensus = (classProb: Float64Array): Flags => {
    const score = Float64Array.from({ length: n }, (_, i) => classProb[2 * i + votes.label[i * nVotes]!]!)
    return { score, flagged: Uint8Array.from(score, (p) => Number(p < 0.5)) }
  }
  add("Majority of annotators", "remove", ofConsensus(majorityVote(votes).classProb))
  const coin = oneCoinDawidSkene(votes)
  const coinScore = ofConsensus(coin.classProb).score
  const wrongVotes = coin.reliability.reduce(
    (sum, r, k) => sum + (coin.nLabels[k] === 0 ? 0 : coin.nLabels[k]! * (1 - r)),
    0
  )
  add(
    "One-coin Dawid-Skene",
    "remove",
    { score: coinScore, flagged: lowest(coinScore) },
    { estimate: wrongVotes / annotator.length, ci95: null, expected: meanOf(probability) }
  )
  const chosenScore = ofConsensus(consensus(votes).classProb).score
  add("Consensus, chosen by votes", "remove", { score: chosenScore, flagged: lowest(chosenScore) })
  if (calibrated === null) leftOut.push({ method: "Pooled RE-PO", reason: "no calibrated evidence" })
  else {
    const side = Int8Array.from(isWrong, (vote) => (vote === 1 ? -1 : 1))
    const pooledVotes = { item, annotator, side, pModel: calibrated.pModel, nAnnotators }
    const fit = pooledRePo(pooledVotes)
    const score = recordedProb(fit.posterior, wrong)
    const drift = pooledTemperatureSlope(pooledVotes, fit).noiseRate * calibrated.relativeError
    const noise = noiseOf(fit.noiseRate, meanOf(probability), drift)
    add("Pooled RE-PO", "remove", { score, flagged: lowest(score) }, noise)
    add("Pooled RE-PO", "flip", { score, flagged: lowest(score) }, noise)
  }
  return { cleaned, leftOut }
}

const ruleFlags = ({ rule }: BenchMethod, pairs: BenchPairs, labels: SpoiledLabels, budget: number): Flags => {
  const { id: rowId, tags } = pairs
  const n = rowId.length
  const wrong = (i: number) => labels.isWrong[i * labels.nVotes] === 1
  /** Values of the recorded chosen response, or of the rejected one. */
  const sideOf = (chosen: boolean, better: Float64Array, worse: Float64Array) =>
    better.map((value, k) => (wrong(Math.floor((k * n) / better.length)) === chosen ? worse[k]! : value))
  const bySide = (better: Float64Array, worse: Float64Array) =>
    [sideOf(true, better, worse), sideOf(false, better, worse)] as const
  switch (rule) {
    case "llmJudge":
      return llmJudge(...bySide(pairs.judgeBetter, pairs.judgeWorse))
    case "voteMaj":
    case "voteAll": {
      const [chosenScores, rejectedScores] = bySide(pairs.better, pairs.worse)
      return (rule === "voteMaj" ? voteMaj : voteAll)({ chosenScores, rejectedScores, nModels: nRewardModels })
    }
    case "rwGap": {
      const target = Float64Array.from(rowId, (_, i) => (wrong(i) ? 0 : 1))
      const gaps = new Float64Array(n * nGapModels)
      for (let m = 0; m < nGapModels; m++) {
        const coefficients = fitBradleyTerry({ differences: pairs.differences, target }, { seed: m + 1 })
        for (let i = 0; i < n; i++) {
          gaps[i * nGapModels + m] = (wrong(i) ? -1 : 1) * scoreGap(pairs.differences, i, coefficients)
        }
      }
      return rwGap({ gaps, nModels: nGapModels, rowId }, { budget })
    }
    case "tagCmp":
      return tagCmp({ tags, rowId, nSelected: n - budget })
    case "tagDiv":
      return tagDiv({ tags, rowId, nSelected: n - budget }, "benchCleaners")
    case "ifd":
    case "ifdGap": {
      const { better, worse } = pairs.logProbs
      const response = (chosen: boolean): ResponseLogProbs => ({
        logProbGivenPrompt: sideOf(chosen, better.given, worse.given),
        logProbAlone: sideOf(chosen, better.alone, worse.alone),
        nTokens: better.nTokens.map((tokens, i) => (wrong(i) === chosen ? worse.nTokens[i]! : tokens))
      })
      if (rule === "ifdGap") return ifdGap(response(true), response(false), rowId, { budget })
      const nAbove = followingDifficulty(response(true)).reduce((sum, value) => sum + Number(value > 1), 0)
      const { flagged, score } = ifd(response(true), rowId, { budget: Math.max(0, budget - nAbove) })
      // Those above 1 are flagged first.
      return { flagged, score: score.map((value) => (value > 1 ? -value : value)) }
    }
  }
}

/** The recorded labels as votes on pairs and trusted pairs together, the better response first; trusted pairs have no votes. */
const withTrusted = (pairs: BenchPairs, trusted: BenchPairs, labels: SpoiledLabels): RePoOnTextsInput => {
  const n = pairs.id.length
  const { annotator, isWrong, nAnnotators, nVotes } = labels
  const of = (values: { readonly [v: number]: number }) => Int32Array.from({ length: n }, (_, i) => values[i * nVotes]!)
  return {
    item: Int32Array.from({ length: n }, (_, i) => i),
    annotator: of(annotator),
    side: Int8Array.from(of(isWrong), (wrong) => (wrong === 1 ? -1 : 1)),
    nAnnotators,
    differences: joined(pairs.differences, trusted.differences),
    promptId: [...pairs.promptId, ...trusted.promptId],
    trusted: Int8Array.from({ length: n + trusted.id.length }, (_, i) => Number(i >= n))
  }
}

const joined = (first: SparseRows, second: SparseRows): SparseRows => {
  const nEntries = first.columns.length
  const columns = new Int32Array(nEntries + second.columns.length)
  columns.set(first.columns)
  columns.set(second.columns, nEntries)
  const values = new Float32Array(columns.length)
  values.set(first.values)
  values.set(second.values, nEntries)
  const starts = Float64Array.from([...first.starts, ...second.starts.subarray(1).map((start) => start + nEntries)])
  return { nColumns: first.nColumns, starts, columns, values }
}

const recordedProb = (better: Float64Array, wrong: (i: number) => boolean): Float64Array =>
  better.map((p, i) => (wrong(i) ? 1 - p : p))

const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

const meanGap = ({ better, id, worse }: BenchPairs): Float64Array =>
  Float64Array.from(id, (_, i) => {
    let sum = 0
    for (let k = i * nRewardModels; k < (i + 1) * nRewardModels; k++) sum += better[k]! - worse[k]!
    return sum / nRewardModels
  })

/** The noise rate with its interval, widened by what an error of the temperature does to it. */
const noiseOf = (noise: NoiseRate | null, expected: number, drift: number): Cleaned["noise"] => {
  if (noise === null) return null
  const { estimate, lower, upper } = widenInterval(noise, drift)
  return { estimate, ci95: [lower, upper], expected }
}
