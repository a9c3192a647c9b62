import {
  type Format,
  FormatFlaw,
  type Holding,
  isRefusal,
  type Preference,
  type Refusal,
  type Writer
} from "./Format.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { hasScores } from "./PairFormat.ts"
import { orderedPair, marginOfScores } from "./PairRules.ts"
import { pairNames } from "./SideColumns.ts"
import { explicitReader, explicitWriter, trlPreference } from "./trlPreference.ts"
import { implicitReader, implicitWriter, trlPreferenceImplicit } from "./trlPreferenceImplicit.ts"

/**
 * TRL reward data: a pair with the prompt inside or beside, and a `margin`, which may be missing, that the loss takes from the gap.
 *
 * A margin has to be in all rows or in none, because TRL looks for the column in the first row of a batch alone and then takes it of every one.
 * Where the data have scores and no margins, the margin is the distance of the two scores. Where one row has none, none has, and its pair stays: see
 * `Writer.lacksMargins`.
 *
 * Source: https://huggingface.co/docs/trl/reward_trainer
 */
export const trlReward: Format = {
  name: "trl-reward",
  about: "TRL reward modelling pairs, with a margin where all have one",
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
    const marginOf = hasMargins(holding) ? givenMargin : hasScores(holding) ? gapOfScores : null
    if (marginOf === null) return pairWriter(withoutMargins(holding))
    return holding.lacksMargins === true ? plainWriter(holding, marginOf) : marginWriter(holding, marginOf)
  }
}

/** The margin of a record; null where it has none. */
type MarginOf = (record: Preference) => number | null

const givenMargin: MarginOf = ({ margin }) => margin

const gapOfScores: MarginOf = (record) => {
  const order = orderedPair(record)
  if (order instanceof FormatFlaw) return null
  return marginOfScores(record.candidates[order.chosen]!.score, record.candidates[order.rejected]!.score)
}

const pairWriter = (holding: Holding): Writer | Refusal =>
  hasPrompt(holding) ? explicitWriter(holding, pairNames) : implicitWriter(holding)

/** Writes a margin in every row. */
const marginWriter = (holding: Holding, marginOf: MarginOf): Writer | Refusal => {
  const isGiven = hasMargins(holding)
  const scores = isGiven ? [] : holding.parts.filter(({ part }) => part === "scores")
  const margins = scores.map(({ column }) => ({ part: "margin", column }) as const)
  const made = pairWriter({ ...withoutMargins(holding), parts: [...holding.parts, ...margins] })
  if (isRefusal(made)) return made
  const remarks = new Map<string, number>()
  let lacksMargins = false
  return {
    ...made,
    columns: made.columns.map((column) =>
      column.name === "margin" ? { ...column, type: { ...column.type, nullable: false } } : column
    ),
    lacksMargins: () => lacksMargins,
    ...(isGiven ? {} : { notes: [...made.notes, scaleNote], remarks }),
    write: (record, into) => {
      const margin = marginOf(record)
      if (margin === null) {
        const flaw = made.write(record, [])
        lacksMargins ||= flaw === undefined
        return flaw ?? noMargin
      }
      const flaw = made.write(isGiven ? record : { ...record, margin }, into)
      if (flaw === undefined && !isGiven) remarks.set(fromScores, (remarks.get(fromScores) ?? 0) + 1)
      return flaw
    }
  }
}

/** Writes pairs of which some have no margin, and counts these. */
const plainWriter = (holding: Holding, marginOf: MarginOf): Writer | Refusal => {
  const made = pairWriter(withoutMargins(holding))
  if (isRefusal(made)) return made
  const remarks = new Map<string, number>()
  const lacking = `${hasMargins(holding) ? "without a margin" : "without two scores that show their order"}, ${forLack}`
  return {
    ...made,
    remarks,
    write: (record, into) => {
      const flaw = made.write(record, into)
      if (flaw === undefined && marginOf(record) === null) remarks.set(lacking, (remarks.get(lacking) ?? 0) + 1)
      return flaw
    }
  }
}

const fromScores = "margins that are the distance of the two scores"
const scaleNote =
  "the loss takes the margin from the gap of its rewards, on the scale of the scores; for a loss without it take --to trl-preference"
const forLack =
  "so that no pair got one: RewardTrainer wants it in all rows or in none; leave these out before for margins of the others"
const noMargin = new FormatFlaw(
  "no margin",
  "margin",
  "no margin, and no two scores that show the order",
  "one of both in each row"
)

const withoutMargins = (holding: Holding): Holding => ({
  ...holding,
  parts: holding.parts.filter(({ part }) => part !== "margin"),
  extra: holding.extra.filter(({ name }) => name !== "margin")
})

const hasMargins = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "margin")

const hasPrompt = ({ parts }: Holding): boolean => parts.some(({ part }) => part === "prompt")
