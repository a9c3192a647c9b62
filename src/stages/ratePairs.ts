import * as Schema from "effect/Schema"
import { each, type RowOf } from "../Stage.ts"
import * as AskedOnce from "./AskedOnce.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"
import { pairTexts } from "./score.ts"

type PairRow = { readonly id: string; readonly prompt: string; readonly chosen: string; readonly rejected: string }

/** Who rates pairs by what, on which scale, and how the columns are called. */
export interface RatePairsOptions<Name extends string, F extends Schema.Struct.Fields>
  extends AskedOnce.AskedOnceOptions<F, PairRow>, Pick<Grading.GradingOptions, "levels" | "scale"> {
  /** What makes a pair good, in words. Default: how useful it is as an example of a preference. */
  readonly rubric?: string
  /** What the columns begin with. Default "pair". */
  readonly as?: Name
}

type Gives<Name extends string> = { readonly [K in `${Name}Score`]: number | null } & {
  readonly [K in `${Name}Critique`]: string | null
}

/**
 * Has a judge rate each pair as a whole, with reasons: columns `pairScore` and `pairCritique`.
 *
 * Not which response is better: that is settled, and the judge is told so. Both are null where there is no answer, which the rejects note with
 * the reason, and outside the annotator's share. The pair itself stays as it is; `filter` acts on the score. Temperature 0. Costs one
 * call a row, and one per follow-up. Throws as `Grading.make` does, and on a name that is no column.
 *
 * Source: the pair-level scorer of Anyprefer, https://arxiv.org/abs/2504.19276
 */
export const ratePairs = <const Name extends string = "pair", F extends Schema.Struct.Fields = {}>(
  options: RatePairsOptions<Name, F>
): Judging.Asking<PairRow & RowOf<F>, Gives<Name>> => {
  const {
    as = "pair",
    rubric = "how useful it is as an example of what is preferred: a clear, right and instructive difference"
  } = options
  const asked = AskedOnce.make("judge.pairs", options, 512)
  const grading = Grading.make("judge.pairs", { ...options, critique: true })
  const [score, critique] = [`${as}Score`, `${as}Critique`]
  return each({
    name: "judge.pairs",
    needs: { ...options.slots, id: Schema.String, ...pairTexts },
    gives: { [score]: Schema.NullOr(Schema.Finite), [critique]: Schema.NullOr(Schema.String) },
    config: { ...asked.config, rubric, as, scale: grading.scale, levels: grading.levels },
    callsPerRow: 1,
    row: (row, { seed }) =>
      AskedOnce.columnsFor(asked, {
        row,
        seed,
        task: {
          kind: "ratePreference",
          prompt: row.prompt,
          first: row.chosen,
          second: row.rejected,
          annotator: asked.annotator.name,
          scale: grading.scale,
          ...grading.task
        },
        text: Judging.told(
          [
            `Below are a question, the answer that was preferred and the other answer. Rate the pair as a whole by ${rubric}.`,
            grading.instruction(false)
          ],
          [
            ["question", row.prompt],
            ["evidence", Evidence.textOf(asked.evidence, row)],
            ["preferred", row.chosen],
            ["other", row.rejected]
          ]
        ),
        ask: grading.ask,
        columns: (answer) => {
          const grade = answer === null ? null : grading.read(answer, false)
          return { [score]: grade?.score ?? null, [critique]: grade?.critique ?? null }
        },
        what: as
      })
  }) as unknown as Judging.Asking<PairRow & RowOf<F>, Gives<Name>>
}
