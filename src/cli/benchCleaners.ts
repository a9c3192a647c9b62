import { areaUnderRoc } from "../cleaners/areaUnderRoc.ts"
import { fitBradleyTerry } from "../cleaners/fitBradleyTerry.ts"
import { type NoisePlan, plantNoise } from "../cleaners/plantNoise.ts"
import { scoreGap } from "../cleaners/scoreGap.ts"
import { treat } from "../cleaners/treat.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { quantile } from "../math/quantile.ts"
import { type BenchDraw, benchCleanersDraws, type BenchDrawResult } from "./benchCleanersDraws.ts"
import { benchCleanersMethods, type Cleaned, type SpoiledLabels } from "./benchCleanersMethods.ts"
import { type BenchPairs, benchCleanersPairs } from "./benchCleanersPairs.ts"
import type { BenchKind, BenchOptions, BenchResult } from "./BenchResult.ts"

const nAnnotators = 10
const nVotes = 3

/**
 * Trusted pairs: as many as determine a temperature to one tenth where true margins have standard deviation 2.
 *
 * The information of one pair about the logarithm of the temperature is the mean of `x² sigmoid(x) sigmoid(-x)` over margins x,
 * 0.242 for N(0, 2²), and 100 / 0.242 = 413. It does not depend on how many pairs are cleaned.
 */
const nTrusted = 413

/**
 * Plants noise in simulated pairs of known order, runs every cleaner on the same labels, and measures what each leaves.
 *
 * Ten annotators vote, three on each pair; the first vote is the recorded label, and every vote is spoiled by the same plan.
 * "perAnnotator" spreads the rate from a fifth to nine fifths of it; "byMargin" gives the rate at margin 0, with the median
 * margin as scale, so fewer rows than the rate says are wrong. Every rule that takes a budget flags as many rows as are wrong,
 * so there precision equals recall. The reward model is the embedded one, with the same settings for all; it is measured on as
 * many clean pairs of prompts that nothing was trained on. Each draw of each kind and rate has pairs, scores and noise of its
 * own, so draws are independent, and how often an interval holds the planted share is a rate with an interval of its own.
 *
 * Two settings were first chosen with results of RE-PO in view. Both were set again on grounds that no result enters: the
 * number of trusted pairs from the information in one (`nTrusted`), and prompts of their own for them since a map from scores
 * to probabilities must come from scores that are made as those of new prompts are (see `benchCleanersPairs`). The data were
 * drawn anew after that. Deterministic in the seed. Time some 3 s per draw of 1,000 pairs.
 */
export const benchCleaners = ({ kinds, nDraws, nPairs, rates, seed }: BenchOptions): BenchResult => {
  const draws = kinds.flatMap((kind) =>
    rates.flatMap((rate) =>
      Array.from({ length: nDraws }, (_, draw) => drawOf(kind, rate, nPairs, `${seed}/${draw}/${kind}/${rate}`))
    )
  )
  return {
    simulated: true,
    seed,
    draws: nDraws,
    pairs: nPairs,
    heldOutPairs: nPairs,
    trustedPairs: nTrusted,
    ...benchCleanersDraws(draws)
  }
}

const drawOf = (kind: BenchKind, rate: number, nPairs: number, seed: string): BenchDraw => {
  const pairs = benchCleanersPairs("train", nPairs, seed)
  const trusted = benchCleanersPairs("trusted", nTrusted, seed)
  const heldOut = benchCleanersPairs("heldOut", nPairs, seed)
  const nothing = new Uint8Array(nPairs)
  const untouched = (method: string): Cleaned => ({
    method,
    treatment: "keep",
    score: null,
    flagged: nothing,
    noise: null
  })
  const labels = spoil(pairs, kind, rate, seed)
  const isWrong = nothing.map((_, i) => labels.isWrong[i * nVotes]!)
  const nWrong = isWrong.reduce((sum, one) => sum + one, 0)
  const expected = labels.probability.filter((_, v) => v % nVotes === 0)
  const { cleaned, leftOut } = benchCleanersMethods(pairs, trusted, labels, nWrong)
  return {
    kind,
    rate,
    nWrong,
    expectedNoise: expected.reduce((sum, p) => sum + p, 0) / nPairs,
    methods: [
      resultOf(untouched("Clean labels"), pairs, nothing, heldOut),
      ...[untouched("Noisy labels"), ...cleaned].map((one) => resultOf(one, pairs, isWrong, heldOut))
    ],
    leftOut
  }
}

const spoil = ({ id, margin }: BenchPairs, kind: BenchKind, rate: number, seed: string): SpoiledLabels => {
  const annotator = Int32Array.from(
    id.flatMap((pair) => {
      const random = keyedRandom("benchCleaners annotators", seed, pair)
      const first = Math.floor(random() * nAnnotators)
      const step = [1, 3, 7, 9][Math.floor(random() * 4)]!
      return Array.from({ length: nVotes }, (_, v) => (first + v * step) % nAnnotators)
    })
  )
  const share = (k: number) => 0.2 + (1.6 * k) / (nAnnotators - 1)
  const plan: NoisePlan =
    kind === "uniform"
      ? { kind, rate }
      : kind === "byMargin"
        ? {
            kind,
            rate,
            margin: Float64Array.from(annotator, (_, v) => margin[Math.floor(v / nVotes)]!),
            scale: quantile(margin, 0.5)
          }
        : {
            kind,
            group: Array.from(annotator, String),
            rates: new Map(Array.from({ length: nAnnotators }, (_, k) => [String(k), rate * share(k)]))
          }
  const voteIds = id.flatMap((pair) => Array.from({ length: nVotes }, (_, v) => `${pair}/${v}`))
  const { flipped, probability } = plantNoise(voteIds, plan, seed)
  return { annotator, nAnnotators, nVotes, isWrong: flipped, probability }
}

const resultOf = (
  { flagged, labelProb, method, noise, score, treatment }: Cleaned,
  { differences }: BenchPairs,
  isWrong: Uint8Array,
  heldOut: BenchPairs
): BenchDrawResult => {
  const treated = treat(treatment, { flagged, ...(labelProb === undefined ? {} : { labelProb }) })
  // Probability that the better response is the better one, according to the label after the treatment.
  const target = treated.target.map((p, i) => (isWrong[i] === treated.flipped[i] ? p : 1 - p))
  const rows = Int32Array.from(flagged.keys()).filter((i) => treated.kept[i] === 1)
  const coefficients = fitBradleyTerry({ differences, target, rows })
  let nRight = 0
  for (let i = 0; i < heldOut.id.length; i++)
    nRight += (Math.sign(scoreGap(heldOut.differences, i, coefficients)) + 1) / 2
  const count = (holds: (i: number) => boolean) => flagged.reduce((sum, _, i) => sum + Number(holds(i)), 0)
  const nFlagged = count((i) => flagged[i] === 1)
  const nFound = count((i) => flagged[i] === 1 && isWrong[i] === 1)
  return {
    method,
    treatment,
    flagged: nFlagged,
    precision: known(nFound / nFlagged),
    recall: score === null ? null : known(nFound / count((i) => isWrong[i] === 1)),
    auroc: score === null ? null : known(areaUnderRoc(score, isWrong)),
    noiseLeft: rows.reduce((sum, i) => sum + 1 - target[i]!, 0) / rows.length,
    rowsLost: flagged.length - rows.length,
    noise,
    accuracy: nRight / heldOut.id.length
  }
}

const known = (value: number): number | null => (Number.isNaN(value) ? null : value)
