import * as Schema from "effect/Schema"

/** The outcome of one comparison. `invalid` is an answer that could not be read, `refused` one that was not given. */
export const Verdict = Schema.Literals(["first", "second", "tie", "invalid", "refused"])

/**
 * One opinion: who, about what, on which axis.
 *
 * A rating has a `score` and no `secondId`; a comparison has a `verdict` and was shown `firstId` before `secondId`, so the
 * opposite order is another judgment. `critique` is what the judge said in words, null where nothing was asked or said.
 * Appended, never overwritten. `plantedCorrect` says whether the verdict agrees with the planted truth; it is known only for
 * simulated annotators.
 */
export const Judgment = Schema.Struct({
  annotator: Schema.String,
  annotatorKind: Schema.Literals(["person", "model", "rule", "simulated"]),
  axis: Schema.String,
  firstId: Schema.String,
  secondId: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Finite),
  verdict: Schema.NullOr(Verdict),
  critique: Schema.NullOr(Schema.String),
  plantedCorrect: Schema.NullOr(Schema.Boolean)
})
export type Judgment = typeof Judgment.Type

/** The column of all opinions about a prompt's candidates. */
export const Judgments = { judgments: Schema.Array(Judgment) } as const
