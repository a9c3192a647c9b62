import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Labels } from "../../schemas/Label.ts"
import { Pair } from "../../schemas/Pair.ts"
import type { Finding, Suspect } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import { TypedList } from "../math/TypedList.ts"
import * as BestWorst from "../pairings/bestWorst.ts"
import * as ParentChild from "../pairings/parentChild.ts"
import * as Threshold from "../pairings/threshold.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf } from "../Stage.ts"
import { candidateScores } from "../aggregations/candidateScores.ts"
import { pairProbability } from "../aggregations/pairProbability.ts"

/** A way to cut pairs from the candidates of one prompt; made by `bestWorst`, `threshold` or `injected`. */
export type PairRule =
  | { readonly rule: "bestWorst"; readonly tie: "drop" | "random" }
  | { readonly rule: "threshold"; readonly high: number; readonly low: number; readonly maxPairs?: number }
  | { readonly rule: "injected" }

/** The original candidate with the highest score against the one with the lowest; ties give no pair (default) or a drawn one. */
export const bestWorst = (options: { readonly tie?: "drop" | "random" } = {}): PairRule => ({
  rule: "bestWorst",
  tie: options.tie ?? "drop"
})

/** Every candidate scored `high` or more against every one scored `low` or less, at most `maxPairs`, widest margins first. */
export const threshold = (options: {
  readonly high: number
  readonly low: number
  readonly maxPairs?: number
}): PairRule => {
  // Refuses thresholds that overlap now, not when the first row comes.
  Threshold.threshold([], options)
  return { rule: "threshold", ...options }
}

/** Each candidate with an injected error against the candidate it was made from. */
export const injected = (): PairRule => ({ rule: "injected" })

type PairRow = RowOf<typeof Pair>

/**
 * Cuts chosen/rejected pairs from each prompt's candidates.
 *
 * Scores come from cleaned labels where there are any, else from comparisons, else from ratings (see `candidateScores`). Two
 * equal texts, an empty text or one cut off, by the limit or by a filter, never make a pair, and a tie is never broken by
 * position. A rule that finds no pair in a prompt leaves a reject with the reason. `labelProb` is the pooled posterior of the
 * pair's labels.
 */
export const pair = (options: { readonly rules: ReadonlyArray<PairRule> }) =>
  reshape({
    name: "pair",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    uses: Labels,
    gives: Pair,
    keeps: false,
    config: options,
    row: (row, context) => {
      const usable = row.candidates.filter(
        ({ finishReason, text }) => text.trim() !== "" && finishReason !== "length" && finishReason !== "contentFilter"
      )
      const scores = candidateScores(usable, row.judgments, row.labels)
      const scored = usable.map((candidate, i) => ({ ...candidate, score: scores[i]! }))
      return options.rules.flatMap((rule): ReadonlyArray<PairRow | Rejection> => {
        const { pairs, problems } = cut(rule, scored, () => context.random(row.id, rule.rule))
        return [
          ...pairs.map(({ chosen, rejected }) => pairOf(row, rule.rule, scored[chosen]!, scored[rejected]!)),
          ...problems.map(({ reason, detail }) => reject(`${rule.rule}: ${reason}`, detail))
        ]
      })
    },
    tally: () => tallyOf(options.rules)
  })

type Scored = Candidate & { readonly score: number | null }

const cut = (
  rule: PairRule,
  candidates: ReadonlyArray<Scored>,
  random: () => () => number
): {
  readonly pairs: ReadonlyArray<{ readonly chosen: number; readonly rejected: number }>
  readonly problems: ReadonlyArray<{ readonly reason: string; readonly detail: string }>
} => {
  switch (rule.rule) {
    case "injected": {
      const { pairs, unpaired } = ParentChild.parentChild(candidates)
      const none = { reason: "no pair", detail: "no candidate has an injected error" }
      return { pairs, problems: pairs.length + unpaired.length === 0 ? [none] : unpaired }
    }
    case "bestWorst": {
      const originals = candidates.map((candidate) =>
        candidate.parentId === null ? candidate : { ...candidate, score: null }
      )
      const tie = rule.tie === "drop" ? {} : { tie: "random" as const, random: random() }
      const found = BestWorst.bestWorst(originals, tie)
      return "reason" in found ? { pairs: [], problems: [found] } : { pairs: [found], problems: [] }
    }
    case "threshold": {
      const pairs = Threshold.threshold(candidates, rule)
      const detail = `no candidate at ${rule.high} or more beside one at ${rule.low} or less`
      return { pairs, problems: pairs.length === 0 ? [{ reason: "no pair", detail }] : [] }
    }
  }
}

const pairOf = (
  row: { readonly id: string; readonly prompt: string; readonly labels?: RowOf<typeof Labels>["labels"] },
  rule: string,
  chosen: Scored,
  rejected: Scored
): PairRow => {
  const { probability, nLabels } = pairProbability(row.labels, chosen.id, rejected.id)
  const isPlanted = chosen.plantedQuality !== null && rejected.plantedQuality !== null
  const isTied = isPlanted && chosen.plantedQuality === rejected.plantedQuality
  return {
    id: contentId(row.id, "pair", rule, chosen.id, rejected.id),
    promptId: row.id,
    prompt: row.prompt,
    chosen: chosen.text,
    rejected: rejected.text,
    chosenId: chosen.id,
    rejectedId: rejected.id,
    chosenModel: chosen.model,
    rejectedModel: rejected.model,
    scoreChosen: chosen.score,
    scoreRejected: rejected.score,
    margin: chosen.score === null || rejected.score === null ? null : chosen.score - rejected.score,
    rule,
    errorType: rejected.parentId === chosen.id ? (rejected.injection?.errorType ?? null) : null,
    labelProb: probability,
    nLabels,
    plantedCorrect: isPlanted && !isTied ? chosen.plantedQuality > rejected.plantedQuality : null
  }
}

/** Counts for the report, one finding per stage: all rules together, with the least certain pairs as examples. */
const tallyOf = (rules: ReadonlyArray<PairRule>) => {
  const margins = new TypedList(Float64Array)
  let doubtful = 0
  let probability = 0
  let nProbability = 0
  let right = 0
  let nPlanted = 0
  let longer = 0
  let nLengths = 0
  let suspects: Array<Suspect> = []
  return {
    add: (row: PairRow) => {
      margins.push(row.margin ?? Number.NaN)
      if (row.chosen.length !== row.rejected.length) {
        nLengths++
        if (row.chosen.length > row.rejected.length) longer++
      }
      if (row.plantedCorrect !== null) {
        nPlanted++
        if (row.plantedCorrect) right++
      }
      if (row.labelProb === null) return
      probability += row.labelProb
      nProbability++
      if (row.labelProb < 0.5) doubtful++
      const { prompt, chosen, rejected, labelProb, plantedCorrect } = row
      suspects.push({ prompt, chosen, rejected, annotator: row.rule, labelProb, pModel: labelProb, plantedCorrect })
      if (suspects.length > 100) suspects = lowestFirst(suspects).slice(0, 10)
    },
    finding: (): Finding => ({
      kind: "pairs",
      rule: rules.map((rule) => rule.rule).join(", "),
      margins: binned(margins.values),
      nPairs: margins.length,
      doubtful,
      meanLabelProb: nProbability === 0 ? null : probability / nProbability,
      plantedAccuracy: nPlanted === 0 ? null : right / nPlanted,
      chosenLongerShare: nLengths === 0 ? null : longer / nLengths,
      suspects: lowestFirst(suspects).slice(0, 10)
    })
  }
}

const lowestFirst = (suspects: ReadonlyArray<Suspect>) => suspects.toSorted((a, b) => a.labelProb - b.labelProb)

const binned = (values: Float64Array) => {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return { edges: [], counts: [] }
  const { edges, counts } = histogram(known, { nBins: 20 })
  return { edges: [...edges], counts: [...counts] }
}
