import type { Habits } from "../aggregations/AnnotatorHabits.ts"
import type { Finding, Suspect } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import { Lowest } from "../math/Lowest.ts"
import type { ReliabilityFit } from "./fitReliability.ts"

type NoiseFinding = Extract<Finding, { readonly kind: "noise" }>

/** What a cleaning stage knows of its labels; arrays by annotator in the order of `names` unless said otherwise. */
export interface NoiseFacts
  extends
    Pick<NoiseFinding, "calibration" | "converged" | "flagged" | "iterations" | "method" | "treatment" | "warnings">,
    Pick<ReliabilityFit, "nLabels" | "noiseRate" | "reliability"> {
  readonly names: ReadonlyArray<string>
  /** Per label, the probability that it is right; NaN where it cannot be told. */
  readonly labelProb: Float64Array
  /** Per label or whatever else suspects are chosen among, the same. */
  readonly suspectProb: Float64Array
  /** Labels whose truth was planted, and those among them that agree with it. */
  readonly plantedKnown: Float64Array
  readonly plantedRight: Float64Array
  readonly habits?: ReadonlyMap<string, Habits>
}

const nSuspects = 20

/**
 * Makes the finding about label noise, annotators without labels left out, with room for the suspects, whose texts are seen only when rows go by again.
 *
 * `show` takes a suspect by its place in `suspectProb` and keeps it if it is among the twenty least likely, ties by place; it is to
 * be called for every place once, in any order. Time O(labels).
 */
export const noiseFinding = (facts: NoiseFacts) => {
  const { habits, labelProb, names, plantedKnown, plantedRight, suspectProb, ...rest } = facts
  const { calibration, converged, flagged, iterations, method, nLabels, noiseRate, reliability, treatment, warnings } =
    rest
  const suspects: Array<Suspect> = []
  const ranks = lowest(suspectProb, nSuspects)
  const { counts, edges } = histogram(
    labelProb.filter((p) => !Number.isNaN(p)),
    { nBins: 20, lower: 0, upper: 1 }
  )
  const finding: NoiseFinding = {
    kind: "noise",
    method,
    noiseRate,
    plantedNoiseRate: share(sum(plantedKnown) - sum(plantedRight), sum(plantedKnown)),
    annotators: names.flatMap((id, k) => {
      if (nLabels[k] === 0) return []
      const habit = habits?.get(id)
      return {
        id,
        nLabels: nLabels[k]!,
        reliability: reliability[k]!,
        planted: share(plantedRight[k]!, plantedKnown[k]!),
        firstShare: share(habit?.first ?? 0, (habit?.first ?? 0) + (habit?.second ?? 0)),
        orderAgreement: share(habit?.agreeing ?? 0, habit?.bothOrders ?? 0),
        ties: habit?.ties ?? 0,
        invalid: habit?.invalid ?? 0
      }
    }),
    calibration,
    labelProb: { edges: [...edges], counts: [...counts] },
    nLabels: labelProb.length,
    flagged,
    treatment,
    iterations,
    converged,
    suspects,
    warnings
  }
  const show = (place: number, make: () => Suspect): void => {
    const rank = ranks.get(place)
    if (rank !== undefined) suspects[rank] = make()
  }
  return { finding, show }
}

/** The indices of the `n` lowest values with their ranks; ties go to the lower index. */
const lowest = (values: Float64Array, n: number): ReadonlyMap<number, number> => {
  const found = new Lowest<number>(n)
  values.forEach((value, index) => found.add(value, () => index))
  return new Map(found.entries.map((index, rank) => [index, rank]))
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

const share = (part: number, total: number): number | null => (total === 0 ? null : part / total)
