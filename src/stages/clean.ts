import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Label, Labels } from "../../schemas/Label.ts"
import { calibrationError } from "../cleaners/calibrationError.ts"
import { fitTemperature } from "../cleaners/fitTemperature.ts"
import { noiseWarnings } from "../cleaners/noiseWarnings.ts"
import { rePo, type RePoFit } from "../cleaners/rePo.ts"
import type { AnnotatorFinding, Finding, Suspect, Warning } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import { NumberList } from "../math/NumberList.ts"
import { sigmoid } from "../math/sigmoid.ts"
import { reject } from "../Rejects.ts"
import { whole } from "../Stage.ts"
import { countHabits, type Habits } from "../aggregations/AnnotatorHabits.ts"
import { meanRatings } from "../aggregations/meanRatings.ts"

/** Whose labels are cleaned by whose evidence, and what happens to suspect ones. */
export interface CleanOptions {
  /** Annotators whose mean rating is the evidence: their score gap, calibrated, is the probability of an order. */
  readonly evidence: ReadonlyArray<string>
  /** Annotators whose verdicts are taken as true, for calibration only. Without any, the estimates carry a warning. */
  readonly trusted?: ReadonlyArray<string>
  /** The axis of the comparisons and ratings that are read. Default "overall". */
  readonly axis?: string
  /** Labels with a lower label probability are flagged. Default 0.5. */
  readonly threshold?: number
  /**
   * What happens to flagged labels: `"keep"`, `"flip"`, `"remove"` (to the rejects, with the evidence); or `"weight"` (default):
   * every label, flagged or not, counts for its label probability.
   */
  readonly treatment?: "keep" | "weight" | "flip" | "remove"
  /** Reliability of every annotator before the first iteration. Default 0.9. */
  readonly initialReliability?: number
}

const nSuspects = 20

/**
 * Estimates how likely each recorded comparison is right, and how reliable each annotator is, by RE-PO's full-batch EM.
 *
 * A label is one comparison with a winner; ties and unreadable answers are counted and left out. Its evidence is the gap of the
 * candidates' mean ratings by the `evidence` annotators, turned into a probability by a temperature that is fitted on the
 * verdicts of `trusted` annotators; a label without ratings has probability one half. Labels of evidence and trusted
 * annotators are not cleaned. Memory is about 50 bytes a label. Every row goes on; removed labels are noted in the rejects.
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159, section 4.
 */
export const clean = (options: CleanOptions) => {
  const {
    axis = "overall",
    evidence,
    trusted = [],
    threshold = 0.5,
    treatment = "weight",
    initialReliability = 0.9
  } = options
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Cannot clean: found threshold ${threshold}, expected a probability from 0 to 1`)
  }
  // Refuses an initial reliability out of range now, not after every call is paid.
  rePo({ pModel: new Float64Array(), annotator: new Int32Array(), nAnnotators: 0 }, { initialReliability })
  const comparisonsOf = (judgments: ReadonlyArray<Judgment>) => {
    const onAxis = judgments.filter((judgment) => judgment.axis === axis)
    const ratings = meanRatings(onAxis, evidence)
    return onAxis.filter(hasWinner).map((judgment) => {
      const isFirst = judgment.verdict === "first"
      const betterId = isFirst ? judgment.firstId : judgment.secondId
      const worseId = isFirst ? judgment.secondId : judgment.firstId
      const better = ratings.get(betterId)
      const worse = ratings.get(worseId)
      return {
        judgment,
        betterId,
        worseId,
        isTrusted: trusted.includes(judgment.annotator),
        isEvidence: evidence.includes(judgment.annotator),
        gap: better === undefined || worse === undefined ? null : better - worse
      }
    })
  }

  return whole({
    name: "clean",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    gives: Labels,
    keeps: true,
    config: { method: "rePo", axis, evidence, trusted, threshold, treatment, initialReliability },
    begin: (context) => {
      const gap = new NumberList()
      const annotator = new NumberList()
      const trustedGap = new NumberList()
      const trustedCorrect = new NumberList()
      const indices = new Map<string, number>()
      /** Labels with a known truth, and those among them that agree with it, by annotator. */
      const plantedKnown = new NumberList()
      const plantedRight = new NumberList()
      const habits = new Map<string, Habits>()
      let nUnrated = 0

      const see = (row: { readonly judgments: ReadonlyArray<Judgment> }) => {
        countHabits(habits, row.judgments)
        for (const comparison of comparisonsOf(row.judgments)) {
          if (comparison.isTrusted) {
            if (comparison.gap === null) continue
            const turned = comparison.judgment.verdict === "second"
            trustedGap.push(turned ? -comparison.gap : comparison.gap)
            trustedCorrect.push(turned ? 0 : 1)
            continue
          }
          if (comparison.isEvidence) continue
          if (comparison.gap === null) nUnrated++
          const name = comparison.judgment.annotator
          let index = indices.get(name)
          if (index === undefined) {
            index = indices.size
            indices.set(name, index)
            plantedKnown.push(0)
            plantedRight.push(0)
          }
          gap.push(comparison.gap ?? 0)
          annotator.push(index)
          const correct = comparison.judgment.plantedCorrect
          if (correct !== null) plantedKnown.values[index]!++
          if (correct === true) plantedRight.values[index]!++
        }
      }

      const settle = Effect.sync(() => {
        const names = [...indices.keys()]
        const correct = Uint8Array.from(trustedCorrect.values)
        const calibration = fitTemperature({ margin: Float64Array.from(trustedGap.values), correct })
        const temperature = calibration.temperature ?? 1
        const pModel = Float64Array.from(gap.values, (value) => sigmoid(value / temperature))
        const fit = rePo(
          { pModel, annotator: Int32Array.from(annotator.values), nAnnotators: names.length },
          { initialReliability }
        )
        const warnings: Array<Warning> = noiseWarnings(fit, {
          calibrated: calibration.temperature !== null,
          annotatorNames: names
        }).map(({ code, message }) => ({ code, message }))
        if (nUnrated > 0) {
          warnings.push({
            code: "missingEvidence",
            message: `${nUnrated} of ${gap.length} labels compare candidates without a rating by ${evidence.join(", ")}; they count as even odds. Rate every candidate before cleaning`
          })
        }
        const flagged = fit.labelProb.reduce((sum, p) => sum + (p < threshold ? 1 : 0), 0)
        const suspects = lowest(fit.labelProb, nSuspects)
        const shown: Array<Suspect> = []
        const finding: Finding = {
          kind: "noise",
          method: "RE-PO, full-batch EM",
          noiseRate:
            fit.noiseRate === null
              ? null
              : { estimate: fit.noiseRate.estimate, ci95: [fit.noiseRate.lower, fit.noiseRate.upper] },
          plantedNoiseRate: share(sum(plantedKnown.values) - sum(plantedRight.values), sum(plantedKnown.values)),
          annotators: names.map((name, k) =>
            annotatorFinding(name, k, fit, habits.get(name), share(plantedRight.values[k]!, plantedKnown.values[k]!))
          ),
          calibration:
            calibration.temperature === null ? null : calibrationFinding(trustedGap.values, correct, temperature),
          labelProb: countsOf(fit.labelProb, 20, 0, 1),
          nLabels: gap.length,
          flagged,
          treatment,
          iterations: fit.iterations,
          converged: fit.converged,
          suspects: shown,
          warnings
        }
        context.publish(finding)

        let next = 0
        return (row: {
          readonly prompt: string
          readonly candidates: ReadonlyArray<{ readonly id: string; readonly text: string }>
          readonly judgments: ReadonlyArray<Judgment>
        }) => {
          const labels: Array<Label> = []
          const notes: Array<ReturnType<typeof reject>> = []
          for (const comparison of comparisonsOf(row.judgments)) {
            if (comparison.isTrusted || comparison.isEvidence) continue
            const index = next++
            const label = treat(comparison, pModel[index]!, fit.labelProb[index]!, threshold, treatment)
            const rank = suspects.get(index)
            if (rank !== undefined) shown[rank] = suspectOf(row, label, comparison)
            if (label.flagged && treatment === "remove") notes.push(reject("suspect label", JSON.stringify(label)))
            else labels.push(label)
          }
          return [{ labels }, ...notes]
        }
      })
      return { see, settle }
    }
  })
}

type Comparison = Judgment & { readonly secondId: string; readonly verdict: "first" | "second" }

const hasWinner = (judgment: Judgment): judgment is Comparison =>
  judgment.secondId !== null && (judgment.verdict === "first" || judgment.verdict === "second")

const treat = (
  comparison: { readonly judgment: Judgment; readonly betterId: string; readonly worseId: string },
  pModel: number,
  labelProb: number,
  threshold: number,
  treatment: NonNullable<CleanOptions["treatment"]>
): Label => {
  const flagged = labelProb < threshold
  const flipped = flagged && treatment === "flip"
  return {
    annotator: comparison.judgment.annotator,
    betterId: flipped ? comparison.worseId : comparison.betterId,
    worseId: flipped ? comparison.betterId : comparison.worseId,
    pModel,
    labelProb,
    flagged,
    flipped,
    weight: treatment === "weight" ? labelProb : 1
  }
}

const suspectOf = (
  row: { readonly prompt: string; readonly candidates: ReadonlyArray<{ readonly id: string; readonly text: string }> },
  label: Label,
  comparison: { readonly judgment: Judgment; readonly betterId: string; readonly worseId: string }
): Suspect => {
  const textOf = (id: string) => row.candidates.find((candidate) => candidate.id === id)?.text ?? ""
  return {
    prompt: row.prompt,
    chosen: textOf(comparison.betterId),
    rejected: textOf(comparison.worseId),
    annotator: label.annotator,
    labelProb: label.labelProb,
    pModel: label.pModel,
    plantedCorrect: comparison.judgment.plantedCorrect
  }
}

/** The indices of the `n` lowest values with their ranks; ties go to the lower index. */
const lowest = (values: Float64Array, n: number): ReadonlyMap<number, number> => {
  const best: Array<number> = []
  for (let i = 0; i < values.length; i++) {
    if (best.length === n && values[i]! >= values[best.at(-1)!]!) continue
    const at = best.findIndex((other) => values[i]! < values[other]!)
    best.splice(at < 0 ? best.length : at, 0, i)
    if (best.length > n) best.pop()
  }
  return new Map(best.map((index, rank) => [index, rank]))
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

const share = (part: number, total: number): number | null => (total === 0 ? null : part / total)

const annotatorFinding = (
  id: string,
  k: number,
  fit: RePoFit,
  habits: Habits | undefined,
  planted: number | null
): AnnotatorFinding => ({
  id,
  nLabels: fit.nLabels[k]!,
  reliability: Number.isNaN(fit.reliability[k]!)
    ? null
    : { estimate: fit.reliability[k]!, ci95: [fit.ci95.lower[k]!, fit.ci95.upper[k]!] },
  planted,
  firstShare: share(habits?.first ?? 0, (habits?.first ?? 0) + (habits?.second ?? 0)),
  orderAgreement: share(habits?.agreeing ?? 0, habits?.bothOrders ?? 0),
  ties: habits?.ties ?? 0,
  invalid: habits?.invalid ?? 0
})

const calibrationFinding = (gaps: Float64Array, outcome: Uint8Array, temperature: number) => {
  const before = calibrationError({ predicted: gaps.map(sigmoid), outcome })
  const after = calibrationError({ predicted: gaps.map((gap) => sigmoid(gap / temperature)), outcome })
  return {
    temperature,
    eceBefore: before.calibrationError,
    eceAfter: after.calibrationError,
    nTrusted: gaps.length,
    bins: after.bins.map(({ meanPredicted, observedShare, count }) => ({
      predicted: meanPredicted,
      observed: observedShare,
      count
    }))
  }
}

const countsOf = (values: Float64Array, nBins: number, lower: number, upper: number) => {
  const { edges, counts } = histogram(values, { nBins, lower, upper })
  return { edges: [...edges], counts: [...counts] }
}
