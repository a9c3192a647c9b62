import { type Format, FormatFlaw, type Holding, isRefusal, type Refusal, type Writer } from "./Format.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { hasScores } from "./PairFormat.ts"
import { orderedPair, scoreGap } from "./PairRules.ts"
import { pairNames } from "./SideColumns.ts"
import { explicitReader, explicitWriter, trlPreference } from "./trlPreference.ts"
import { implicitReader, implicitWriter, trlPreferenceImplicit } from "./trlPreferenceImplicit.ts"

/**
 * TRL reward data: a pair with the prompt inside or beside, and a `margin` that the loss takes from the gap.
 *
 * A margin has to be in all rows or in none, because TRL looks for it in the first row of a batch alone; a row without one is
 * refused where the others have one. Where the data have scores and no margins, the margin is the distance of the two scores.
 *
 * Source: https://huggingface.co/docs/trl/reward_trainer
 */
export const trlReward: Format = {
  name: "trl-reward",
  about: "TRL reward modelling pairs with a margin",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => {
    const margin = recogniseColumns(look, { margin: "number" })
    const pair = trlPreference.recognise(look) ?? trlPreferenceImplicit.recognise(look)
    if (margin === null || pair === null) return null
    return { nColumns: pair.nColumns + 1, why: `${pair.why}, ${margin.why}` }
  },
  reader: (look) => (columnOf(look, "prompt") === undefined ? implicitReader(look) : explicitReader(look, pairNames)),
  writer: (holding) => {
    if (holding.kind === "ranked") return listWriter(holding, listRules["best-worst"], trlReward.writer)
    return holding.kind === "pair" && hasScores(holding) && !hasMargins(holding)
      ? scoredWriter(holding)
      : marginWriter(holding)
  }
}

const marginWriter = (holding: Holding): Writer | Refusal => {
  const made = hasPrompt(holding) ? explicitWriter(holding, pairNames) : implicitWriter(holding)
  if (isRefusal(made)) return made
  const columns = made.columns.map((column) =>
    column.name === "margin" && column.type.kind === "float"
      ? { ...column, type: { ...column.type, nullable: false } }
      : column
  )
  return { ...made, columns }
}

/** Writes pairs with scores and without margins. */
const scoredWriter = (holding: Holding): Writer | Refusal => {
  const scores = holding.parts.filter(({ part }) => part === "scores")
  const made = marginWriter({
    ...holding,
    parts: [...holding.parts, ...scores.map(({ column }) => ({ part: "margin", column }) as const)]
  })
  if (isRefusal(made)) return made
  const remarks = new Map<string, number>()
  return {
    ...made,
    notes: [...made.notes, scaleNote],
    remarks,
    write: (record, into) => {
      const order = orderedPair(record)
      if (order instanceof FormatFlaw) return order
      const [chosen, rejected] = [order.chosen, order.rejected].map((i) => record.candidates[i]!.score)
      const margin = scoreGap(chosen!, rejected!)
      if (margin === null) return chosen === null || rejected === null ? noMargin : scoresAgainst
      const flaw = made.write({ ...record, margin }, into)
      if (flaw === undefined) remarks.set(fromScores, (remarks.get(fromScores) ?? 0) + 1)
      return flaw
    }
  }
}

const fromScores = "margins that are the distance of the two scores"
const scaleNote =
  "the loss takes the margin from the gap of its rewards, on the scale of the scores; for a loss without it take --to trl-preference"
const noMargin = new FormatFlaw(
  "no margin",
  "margin",
  "no margin, and a reply without a score",
  "one of both in each row"
)
const scoresAgainst = new FormatFlaw(
  "no margin",
  "margin",
  "a chosen reply with the lower score",
  "scores that show the order"
)

const hasMargins = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "margin")

const hasPrompt = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "prompt")
