import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Label, Labels } from "../../schemas/Label.ts"
import { countHabits, type Habits } from "../aggregations/AnnotatorHabits.ts"
import { meanRatings } from "../aggregations/meanRatings.ts"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { rePo } from "../cleaners/rePo.ts"
import type { Suspect, Warning } from "../Findings.ts"
import { TypedList } from "../math/TypedList.ts"
import { reject } from "../Rejects.ts"
import { whole } from "../Stage.ts"
import { calibrateGaps } from "./calibrateGaps.ts"
import { fitReliability } from "./fitReliability.ts"
import { noiseFinding } from "./noiseFinding.ts"

/** Whose labels are cleaned by whose evidence, and what happens to suspect ones. */
export interface CleanOptions {
  /**
   * `"rePo"` (default): every label has a truth of its own, and is judged by the evidence and by who gave it. `"pooled"`: the
   * labels on two candidates share one truth, so they are judged by each other as well.
   */
  readonly method?: "rePo" | "pooled"
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
  /** Reliability of every annotator before anything is known: below 1, above 0, for "pooled" above 0.5. Default 0.9. */
  readonly initialReliability?: number
}

/**
 * Estimates how likely each recorded comparison is right, and how reliable each annotator is, by maximum likelihood.
 *
 * A comparison counts when it has a winner; ties and unreadable answers are counted and left out. Its evidence is the gap of the
 * candidates' mean ratings by the `evidence` annotators, divided by a temperature that is fitted on the verdicts of `trusted`
 * annotators about other prompts, so that no prompt takes part in its own calibration; without ratings it is one half. Where no
 * temperature can be had the gaps are taken as they are, and a warning says why. Comparisons of evidence and trusted annotators
 * are not cleaned.
 *
 * Reliabilities, noise rate and their intervals come from a fit with a flat prior; label probabilities from a second one with
 * `weakPrior`, so that few labels make no certainty. With "rePo" the intervals also hold the uncertainty of the temperature
 * (`temperatureSlope`). Where a warning refuses an estimate the numbers are null, no label is flagged, and label probabilities
 * are those of `initialReliability`.
 *
 * `labels` gets one label per comparison; with "pooled" one for each two candidates, in the order most votes gave (the first
 * vote's, where they are even), in the names of those who gave it. The finding counts comparisons either way. Every row goes
 * on; removed labels are noted in the rejects. No randomness but the folds, drawn by row id. Memory is about 80 bytes a comparison.
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159, section 4; "pooled": one-coin Dawid and Skene 1979,
 * https://doi.org/10.2307/2346806, with the same evidence
 */
export const clean = (options: CleanOptions) => {
  const {
    axis = "overall",
    evidence,
    method = "rePo",
    trusted = [],
    threshold = 0.5,
    treatment = "weight",
    initialReliability = 0.9
  } = options
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new RangeError(`Cannot clean: found threshold ${threshold}, expected a probability from 0 to 1`)
  }
  // Refuses an initial reliability out of range now, not after every call is paid.
  const nothing = { pModel: new Float64Array(), annotator: new Int32Array(), nAnnotators: 0 }
  if (method === "rePo") rePo(nothing, { initialReliability })
  else pooledRePo({ ...nothing, item: new Int32Array(), side: new Int8Array() }, { initialReliability })

  const comparisonsOf = (judgments: ReadonlyArray<Judgment>) => {
    const onAxis = judgments.filter((judgment) => judgment.axis === axis)
    const ratings = meanRatings(onAxis, evidence)
    return onAxis.filter(hasWinner).map((judgment): Comparison => {
      const isFirst = judgment.verdict === "first"
      const betterId = isFirst ? judgment.firstId : judgment.secondId
      const worseId = isFirst ? judgment.secondId : judgment.firstId
      const better = ratings.get(betterId)
      const worse = ratings.get(worseId)
      const gap = better === undefined || worse === undefined ? null : better - worse
      return { judgment, betterId, worseId, gap }
    })
  }
  const isCleaned = ({ judgment: { annotator } }: Comparison) =>
    !trusted.includes(annotator) && !evidence.includes(annotator)
  const itemsOf = (comparisons: ReadonlyArray<Comparison>) => {
    const cleaned = comparisons.filter(isCleaned)
    return method === "rePo" ? cleaned.map((comparison) => [comparison]) : byPair(cleaned)
  }

  return whole({
    name: "clean",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    gives: Labels,
    keeps: true,
    config: { method, axis, evidence, trusted, threshold, treatment, initialReliability },
    begin: (context) => {
      /** Gaps to calibrate: those of items and of trusted verdicts, each with its row. */
      const gap = new TypedList(Float64Array)
      const correct = new TypedList(Float64Array)
      const group = new TypedList(Float64Array)
      const draws = new TypedList(Float64Array)
      const itemAt = new TypedList(Float64Array)
      const voteItem = new TypedList(Float64Array)
      const voteSide = new TypedList(Float64Array)
      const annotator = new TypedList(Float64Array)
      const indices = new Map<string, number>()
      /** Labels with a known truth, and those among them that agree with it, by annotator. */
      const plantedKnown = new TypedList(Float64Array)
      const plantedRight = new TypedList(Float64Array)
      const habits = new Map<string, Habits>()
      let nUnrated = 0

      const seeGap = (value: number, isCorrect: -1 | 0 | 1, index: number) => {
        gap.push(value)
        correct.push(isCorrect)
        group.push(index)
      }
      const seeVote = ({ judgment, gap: known }: Comparison, side: 1 | -1) => {
        if (known === null) nUnrated++
        let index = indices.get(judgment.annotator)
        if (index === undefined) {
          index = indices.size
          indices.set(judgment.annotator, index)
          plantedKnown.push(0)
          plantedRight.push(0)
        }
        voteItem.push(itemAt.length)
        voteSide.push(side)
        annotator.push(index)
        if (judgment.plantedCorrect !== null) plantedKnown.values[index]!++
        if (judgment.plantedCorrect === true) plantedRight.values[index]!++
      }
      const see = (row: { readonly id: string; readonly judgments: ReadonlyArray<Judgment> }, index: number) => {
        countHabits(habits, row.judgments)
        const comparisons = comparisonsOf(row.judgments)
        const nBefore = gap.length
        for (const comparison of comparisons) {
          if (!trusted.includes(comparison.judgment.annotator) || comparison.gap === null) continue
          const isTurned = comparison.judgment.verdict === "second"
          seeGap(isTurned ? -comparison.gap : comparison.gap, isTurned ? 0 : 1, index)
        }
        for (const votes of itemsOf(comparisons)) {
          const recorded = recordedOrder(votes)
          for (const vote of votes) seeVote(vote, vote.betterId === recorded.betterId ? 1 : -1)
          itemAt.push(gap.length)
          seeGap(recorded.gap ?? 0, -1, index)
        }
        if (gap.length > nBefore) draws.push(context.random(row.id, "fold")())
      }

      const settle = Effect.sync(() => {
        const names = [...indices.keys()]
        const calibration = calibrateGaps({
          gap: Float64Array.from(gap.values),
          correct: Int8Array.from(correct.values),
          group: Int32Array.from(group.values),
          draws: draws.values,
          trusted
        })
        const pModel = Float64Array.from(itemAt.values, (at) => calibration.pModel[at]!)
        const table = {
          item: Int32Array.from(voteItem.values),
          annotator: Int32Array.from(annotator.values),
          side: Int8Array.from(voteSide.values),
          pModel,
          nAnnotators: names.length
        }
        const fit = fitReliability(table, { method, initialReliability, calibration, names })
        const warnings: Array<Warning> = [...fit.warnings]
        if (nUnrated > 0) {
          warnings.push({
            code: "missingEvidence",
            message: `${nUnrated} of ${annotator.length} labels compare candidates without a rating by ${evidence.join(", ")}; they count as even odds. Rate every candidate before cleaning`
          })
        }
        const isFlagged = (labelProb: number) => !fit.refused && labelProb < threshold
        const { finding, show } = noiseFinding({
          method:
            method === "rePo" ? "RE-PO, each label by itself, Newton" : "pooled RE-PO, one truth for each pair, EM",
          ...fit,
          suspectProb: fit.itemProb,
          names,
          plantedKnown: plantedKnown.values,
          plantedRight: plantedRight.values,
          habits,
          calibration: calibration.finding,
          flagged: fit.labelProb.reduce((n, p) => n + Number(isFlagged(p)), 0),
          treatment,
          warnings
        })
        context.publish(finding)

        let next = 0
        return (row: {
          readonly prompt: string
          readonly candidates: ReadonlyArray<{ readonly id: string; readonly text: string }>
          readonly judgments: ReadonlyArray<Judgment>
        }) => {
          const labels: Array<Label> = []
          const notes: Array<ReturnType<typeof reject>> = []
          for (const votes of itemsOf(comparisonsOf(row.judgments))) {
            const index = next++
            const recorded = recordedOrder(votes)
            const labelProb = fit.itemProb[index]!
            const label = treated(recorded, {
              annotator: namesOf(votes.filter(({ betterId }) => betterId === recorded.betterId)),
              pModel: pModel[index]!,
              labelProb,
              flagged: isFlagged(labelProb),
              treatment
            })
            show(index, () => suspectOf(row, label, recorded))
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

type Won = Judgment & { readonly secondId: string; readonly verdict: "first" | "second" }

/** A judgment with a winner; `gap` is the winner's mean rating less the loser's, null where one is missing. */
interface Comparison {
  readonly judgment: Won
  readonly betterId: string
  readonly worseId: string
  readonly gap: number | null
}

const hasWinner = (judgment: Judgment): judgment is Won =>
  judgment.secondId !== null && (judgment.verdict === "first" || judgment.verdict === "second")

/** Comparisons of the same two candidates side by side, in the order each two first appeared. */
const byPair = (comparisons: ReadonlyArray<Comparison>): ReadonlyArray<ReadonlyArray<Comparison>> => [
  ...Map.groupBy(comparisons, ({ betterId, worseId }) => JSON.stringify([betterId, worseId].toSorted())).values()
]

/** The first comparison in the order most of them gave, or the first of all where they are even. */
const recordedOrder = (votes: ReadonlyArray<Comparison>): Comparison => {
  const first = votes[0]!
  const nFirst = votes.filter(({ betterId }) => betterId === first.betterId).length
  return 2 * nFirst >= votes.length ? first : votes.find(({ betterId }) => betterId !== first.betterId)!
}

const namesOf = (votes: ReadonlyArray<Comparison>): string =>
  [...new Set(votes.map(({ judgment }) => judgment.annotator))].join(", ")

const treated = (
  { betterId, worseId }: Comparison,
  {
    treatment,
    ...estimate
  }: Pick<Label, "annotator" | "pModel" | "labelProb" | "flagged"> & {
    readonly treatment: NonNullable<CleanOptions["treatment"]>
  }
): Label => {
  const flipped = estimate.flagged && treatment === "flip"
  return {
    ...estimate,
    betterId: flipped ? worseId : betterId,
    worseId: flipped ? betterId : worseId,
    flipped,
    weight: treatment === "weight" ? estimate.labelProb : 1
  }
}

const suspectOf = (
  row: { readonly prompt: string; readonly candidates: ReadonlyArray<{ readonly id: string; readonly text: string }> },
  label: Label,
  comparison: Comparison
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
