import { bootstrapRePo } from "../../src/cleaners/bootstrapRePo.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { plantLabels } from "./plantLabels.ts"
import { plantVotes } from "./plantVotes.ts"

/** How an interval is made: two ways from the likelihood, by drawing, and those of the pooled fit. */
export type Intervals = "likelihoodRatio" | "observedInformation" | "bootstrap" | "pooled"

const truth = [0.9, 0.85, 0.75, 0.7, 0.6]
const noise = 0.24

/**
 * Counts in how many simulated data sets the 95 % intervals hold what was planted: reliabilities 0.9, 0.85, 0.75, 0.7 and
 * 0.6 and so a noise rate of 0.24, margins with standard deviation 2, p known. `nLabels` is the size of a data set;
 * "pooled" has five labels on each item. Answers are shares of the data sets, `reliability` by annotator.
 */
export const coverNoise = (plan: {
  readonly intervals: Intervals
  readonly nLabels: number
  readonly nSimulations: number
}): { readonly noiseRate: number; readonly reliability: ReadonlyArray<number> } => {
  const { intervals, nLabels, nSimulations } = plan
  const reliability = truth.map(() => 0)
  let noiseRate = 0
  for (let simulation = 0; simulation < nSimulations; simulation++) {
    const fit = fitOf(intervals, nLabels, `${nLabels} ${simulation}`)
    if (fit.noiseRate!.lower <= noise && noise <= fit.noiseRate!.upper) noiseRate += 1 / nSimulations
    for (const [k, r] of truth.entries()) {
      if (fit.ci95.lower[k]! <= r && r <= fit.ci95.upper[k]!) reliability[k]! += 1 / nSimulations
    }
  }
  return { noiseRate, reliability }
}

const fitOf = (intervals: Intervals, nLabels: number, seed: string) => {
  if (intervals === "pooled") {
    return pooledRePo(plantVotes({ nItems: nLabels / truth.length, marginSd: 2, reliability: truth, seed }), {
      tolerance: 1e-8
    })
  }
  const data = plantLabels({ nLabels, marginSd: 2, reliability: truth, seed })
  return intervals === "bootstrap"
    ? bootstrapRePo(data, { random: keyedRandom("coverNoise", seed), nReplicates: 200 })
    : rePo(data, { solver: "newton", interval: intervals })
}
