import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { aggregateName } from "../aggregations/AggregateName.ts"
import { isRead, type Opinion, opinionsOf } from "../aggregations/Opinion.ts"
import { Spreads } from "../aggregations/Spreads.ts"
import { enrich, type RowOf, whole } from "../Stage.ts"
import { type Aggregation, checkAggregation, mergeOpinions } from "./Aggregation.ts"
import { mergeVotes } from "./mergeVotes.ts"

/** What is merged how, and under which name it is filed. */
export type AggregateOptions = Aggregation & {
  /** Judgments on these axes alone; default all. */
  readonly axes?: ReadonlyArray<string>
  /** Judgments of these annotators alone; default all but merged scores. Name `aggregate:…` to merge merged scores. */
  readonly annotators?: ReadonlyArray<string>
  /**
   * What a number is measured against before it is merged: as it is (`"record"`, default), or in standard deviations from the mean of
   * its annotator and axis within the prompt (`"group"`), of its annotator and axis over the whole set (`"annotator"`), or of its axis
   * over the whole set (`"set"`).
   */
  readonly scope?: "record" | "group" | "annotator" | "set"
  /** The axis that the merged score is filed on. Default "overall". */
  readonly as?: string
  /** The annotator is `aggregate:` and this. Default: the name of the rule. */
  readonly name?: string
}

interface Group {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

const needs = { id: Schema.String, ...Candidates, ...Judgments }

/**
 * Merges the judgments of each candidate into one score, appended as a rating by the annotator `aggregate:<name>`.
 *
 * `pair`, `rankedList` and `unpaired` take the last merge in place of the judgments it was made of. Ratings are read as their scores; where
 * a prompt has none, comparisons as 1 for the winner, -1 for the loser and 0 for a tie. Each candidate gets a judgment; its score is
 * null where nothing can be said, so that no rule pairs it. Nothing is asked and nothing is drawn.
 *
 * The scopes "annotator" and "set", and the rules "dominantAxis" and "em", need the whole set: a first pass keeps one mean and variance for
 * each annotator and axis, and 9 bytes a vote for "em". Throws a RangeError on options out of range.
 */
export const aggregate = (options: AggregateOptions) => {
  checkAggregation(options)
  const { as = "overall", by, name = by, scope = "record" } = options
  const read = ({ candidates, judgments }: Group) => opinionsOf(candidates, judgments, options)
  const config = { ...options, as, name, scope }
  const append = (row: Group, scores: ReadonlyArray<number>): RowOf<typeof Judgments> => {
    const annotatorKind = kindOf(row.judgments.filter((judgment) => isRead(judgment, options)))
    const merged = row.candidates.map(({ id }, i): Judgment => ({
      annotator: aggregateName(name),
      annotatorKind,
      axis: as,
      firstId: id,
      secondId: null,
      score: Number.isFinite(scores[i]) ? scores[i]! : null,
      verdict: null,
      critique: null,
      plantedCorrect: null
    }))
    return { judgments: [...row.judgments, ...merged] }
  }
  const merge = (row: Group, opinions: ReadonlyArray<Opinion>, variances: Spreads) =>
    append(
      row,
      mergeOpinions(options, { ...row, opinions, variances, isRead: (judgment) => isRead(judgment, options) })
    )

  if (options.by === "em") {
    const { passes } = options
    return whole({
      name: "aggregate",
      needs,
      gives: Judgments,
      keeps: true,
      config,
      begin: () => {
        const votes = mergeVotes(passes, (judgment) => isRead(judgment, options))
        return {
          see: (row: Group) => votes.see(row),
          settle: Effect.sync(() => {
            const scores = votes.settle()
            return (row: Group) => [append(row, scores(row))]
          })
        }
      }
    })
  }
  if (scope === "annotator" || scope === "set" || by === "dominantAxis") {
    return whole({
      name: "aggregate",
      needs,
      gives: Judgments,
      keeps: true,
      config,
      begin: () => {
        const spreads = new Spreads()
        const variances = new Spreads()
        return {
          see: (row: Group) => {
            const opinions = read(row)
            for (const opinion of opinions) spreads.add(keyOf(scope, opinion), opinion.value)
            for (const { axis, value } of centred(opinions)) variances.add(axis, value)
          },
          settle: Effect.sync(() => (row: Group) => {
            const opinions = read(row)
            const scaled = scope === "record" ? opinions : opinions.map((opinion) => scaledBy(spreads, scope, opinion))
            return [merge(row, scaled, variances)]
          })
        }
      }
    })
  }
  return enrich({
    name: "aggregate",
    needs,
    gives: Judgments,
    config,
    rows: (rows) =>
      rows.map((row) => {
        const opinions = read(row)
        if (scope === "record") return merge(row, opinions, new Spreads())
        const spreads = new Spreads()
        for (const opinion of opinions) spreads.add(keyOf(scope, opinion), opinion.value)
        return merge(
          row,
          opinions.map((opinion) => scaledBy(spreads, scope, opinion)),
          spreads
        )
      })
  })
}

const keyOf = (scope: NonNullable<AggregateOptions["scope"]>, { annotator, axis }: Opinion): string =>
  scope === "set" ? axis : `${annotator}\u001f${axis}`

const scaledBy = (spreads: Spreads, scope: NonNullable<AggregateOptions["scope"]>, opinion: Opinion): Opinion => ({
  ...opinion,
  value: spreads.standardised(keyOf(scope, opinion), opinion.value)
})

/** Opinions as distances from the mean of their axis in the group: what tells the candidates of one prompt apart. */
const centred = (opinions: ReadonlyArray<Opinion>): ReadonlyArray<Opinion> =>
  [...Map.groupBy(opinions, ({ axis }) => axis).values()].flatMap((onAxis) => {
    const centre = onAxis.reduce((sum, { value }) => sum + value, 0) / onAxis.length
    return onAxis.map((opinion) => ({ ...opinion, value: opinion.value - centre }))
  })

/** What is made of simulated judgments is simulated. */
const kindOf = (judgments: ReadonlyArray<Judgment>): Judgment["annotatorKind"] =>
  judgments.some(({ annotatorKind }) => annotatorKind === "simulated")
    ? "simulated"
    : (judgments[0]?.annotatorKind ?? "model")
