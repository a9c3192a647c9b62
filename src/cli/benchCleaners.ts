import { areaUnderRoc } from "../cleaners/areaUnderRoc.ts"
import { fitBradleyTerry } from "../cleaners/fitBradleyTerry.ts"
import { type NoisePlan, plantNoise } from "../cleaners/plantNoise.ts"
import { treat } from "../cleaners/treat.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { quantile } from "../math/quantile.ts"
import { benchCleanersMethods, type Cleaned, gapOf, type SpoiledLabels } from "./benchCleanersMethods.ts"
import { type BenchPairs, benchCleanersPairs } from "./benchCleanersPairs.ts"
import type { BenchKind, BenchMethodResult, BenchOptions, BenchResult } from "./BenchResult.ts"

const nAnnotators = 10
const nVotes = 3

/**
 * Plants noise in simulated pairs of known order, runs every cleaner on the same labels, and measures what each leaves.
 *
 * Ten annotators vote, three on each pair; the first vote is the recorded label, and every vote is spoiled by the same plan.
 * "perAnnotator" spreads the rate from a fifth to nine fifths of it; "byMargin" gives the rate at margin 0, with the median
 * margin as scale, so fewer rows than the rate says are wrong. Every rule that takes a budget flags as many rows as are wrong,
 * so there precision equals recall. The reward model is the embedded one, with the same settings for all; it is measured on as
 * many clean pairs of prompts that nothing was trained on. Figures are rounded to four decimals. Deterministic in the seed.
 */
export const benchCleaners = ({ kinds, nPairs, rates, seed }: BenchOptions): BenchResult => {
  const pairs = benchCleanersPairs("train", nPairs, seed)
  const trusted = benchCleanersPairs("trusted", Math.max(200, Math.round(nPairs / 10)), seed)
  const heldOut = benchCleanersPairs("heldOut", nPairs, seed)
  const nothing = new Uint8Array(nPairs)
  const untouched = (method: string): Cleaned => ({
    method,
    treatment: "keep",
    score: null,
    flagged: nothing,
    noise: null
  })
  const clean = resultOf(untouched("Clean labels"), pairs, nothing, heldOut)
  const scenarios = kinds.flatMap((kind) =>
    rates.map((rate) => {
      const labels = spoil(pairs, kind, rate, seed)
      const isWrong = nothing.map((_, i) => labels.isWrong[i * nVotes]!)
      const nWrong = isWrong.reduce((sum, one) => sum + one, 0)
      const expected = labels.probability.filter((_, v) => v % nVotes === 0)
      const { cleaned, leftOut } = benchCleanersMethods(pairs, trusted, labels, nWrong)
      return {
        kind,
        rate,
        nWrong,
        expectedNoise: rounded(expected.reduce((sum, p) => sum + p, 0) / nPairs),
        methods: [
          clean,
          ...[untouched("Noisy labels"), ...cleaned].map((one) => resultOf(one, pairs, isWrong, heldOut))
        ],
        leftOut
      }
    })
  )
  return {
    simulated: true,
    seed,
    pairs: nPairs,
    heldOutPairs: heldOut.id.length,
    trustedPairs: trusted.id.length,
    scenarios
  }
}

const spoil = ({ id, margin }: BenchPairs, kind: BenchKind, rate: number, seed: number): SpoiledLabels => {
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
): BenchMethodResult => {
  const treated = treat(treatment, { flagged, ...(labelProb === undefined ? {} : { labelProb }) })
  // Probability that the better response is the better one, according to the label after the treatment.
  const target = treated.target.map((p, i) => (isWrong[i] === treated.flipped[i] ? p : 1 - p))
  const rows = Int32Array.from(flagged.keys()).filter((i) => treated.kept[i] === 1)
  const coefficients = fitBradleyTerry({ differences, target, rows })
  let nRight = 0
  for (let i = 0; i < heldOut.id.length; i++) nRight += (Math.sign(gapOf(heldOut.differences, i, coefficients)) + 1) / 2
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
    noiseLeft: rounded(rows.reduce((sum, i) => sum + 1 - target[i]!, 0) / rows.length),
    rowsLost: flagged.length - rows.length,
    noiseRate:
      noise === null
        ? null
        : {
            estimate: rounded(noise.estimate),
            error: rounded(noise.estimate - noise.expected),
            ci95: noise.ci95 === null ? null : [rounded(noise.ci95[0]), rounded(noise.ci95[1])],
            covers: noise.ci95 === null ? null : noise.ci95[0] <= noise.expected && noise.expected <= noise.ci95[1]
          },
    accuracy: rounded(nRight / heldOut.id.length)
  }
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4

const known = (value: number): number | null => (Number.isNaN(value) ? null : rounded(value))
