import * as Schema from "effect/Schema"
import { askStructured } from "../services/askStructured.ts"
import { each, type RowOf } from "../Stage.ts"
import * as AskedOnce from "./AskedOnce.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"
import { checkNames, pairTexts } from "./score.ts"

type PairRow = { readonly id: string; readonly prompt: string; readonly chosen: string; readonly rejected: string }

/** Who rates pairs by what, on which scale, and how the columns are called. */
export interface RatePairsOptions<Name extends string, F extends Schema.Struct.Fields>
  extends AskedOnce.AskedOnceOptions<F, PairRow>, Pick<Grading.GradingOptions, "levels" | "scale"> {
  /** What makes a pair good, in words. Default: how useful it is as an example of a preference. */
  readonly rubric?: string
  /** What the columns begin with. Default "pair". */
  readonly as?: Name
}

/** Who gives points to both responses of a pair, by what, on which scale. */
export interface RateSidesOptions<
  Name extends string,
  F extends Schema.Struct.Fields
> extends AskedOnce.AskedOnceOptions<F, PairRow> {
  readonly sides: true
  /** What the columns begin with: letters, digits and underscores, without "chosen" and "rejected", which tell the sides. */
  readonly as: Name
  /** What gives points, in words. Default: helpful, harmless, relevant, accurate, deep and detailed. */
  readonly rubric?: string
  /** Lowest and highest score. Default 1 to 10. */
  readonly scale?: readonly [number, number]
}

/** Makes a stage that rates pairs as a whole, or both of their sides. */
export interface RatePairs {
  <const Name extends string, F extends Schema.Struct.Fields = {}>(
    options: RateSidesOptions<Name, F>
  ): Judging.Asking<PairRow & RowOf<F>, { readonly [K in `${Name}Chosen` | `${Name}Rejected`]: number | null }>
  <const Name extends string = "pair", F extends Schema.Struct.Fields = {}>(
    options: RatePairsOptions<Name, F>
  ): Judging.Asking<
    PairRow & RowOf<F>,
    { readonly [K in `${Name}Score`]: number | null } & { readonly [K in `${Name}Critique`]: string | null }
  >
}

/**
 * Has a judge look at a pair as one thing: how good the pair is, or what each of its sides is worth beside the other.
 *
 * As it stands, the judge rates the pair as a whole, with reasons, in the columns `pairScore` and `pairCritique`. Not which response is
 * better: that is settled, and the judge is told so. `filter` acts on the score.
 *
 * With `sides: true` it gives points to both responses, which it sees in one call and in an order drawn by the row's id, without being told
 * which was preferred: `<as>Chosen` and `<as>Rejected`, as the rule "llmJudge" of `flag` reads them.
 *
 * The pair itself stays as it is. Columns are null where there is no answer, which the rejects note with the reason, and outside the
 * annotator's share. Temperature 0. Costs one call a row, and one per follow-up. Throws as `Grading.make` does, and on a name that makes no
 * column.
 *
 * Source: the pair-level scorer of Anyprefer, https://arxiv.org/abs/2504.19276; sides: the judge of PrefCleanBench,
 * https://arxiv.org/abs/2509.23564
 */
export const ratePairs: RatePairs = (options: object) =>
  ("sides" in options
    ? rateSides(options as RateSidesOptions<string, Schema.Struct.Fields>)
    : rateWhole(options as RatePairsOptions<string, Schema.Struct.Fields>)) as never

const rateSides = (options: RateSidesOptions<string, Schema.Struct.Fields>) => {
  const { as, scale = [1, 10] } = options
  const rubric = options.rubric ?? "how helpful, harmless, relevant, accurate, deep and detailed it is"
  checkNames("judge.pairs", [{ name: as }])
  const asked = AskedOnce.make("judge.pairs", options, 64)
  const onScale = Schema.Finite.check(Schema.isBetween({ minimum: scale[0], maximum: scale[1] }))
  const ask = askStructured({ name: "points", schema: Schema.Struct({ first: onScale, second: onScale }) })
  const number = Schema.NullOr(Schema.Finite)
  return each({
    name: "judge.pairs",
    needs: { ...options.slots, id: Schema.String, ...pairTexts },
    gives: { [`${as}Chosen`]: number, [`${as}Rejected`]: number },
    config: { ...asked.config, rubric, as, scale, sides: true },
    callsPerRow: 1,
    prefers: ["jsonSchema"],
    row: (row, context) => {
      const isTurned = context.random(row.id, "order", asked.annotator.name)() < 0.5
      const [first, second] = isTurned ? [row.rejected, row.chosen] : [row.chosen, row.rejected]
      return AskedOnce.columnsFor(asked, {
        row,
        seed: context.seed,
        task: { kind: "ratePair", prompt: row.prompt, first, second, annotator: asked.annotator.name, scale },
        text: Judging.told(
          [
            `Score each of the two answers below by ${rubric}. Their order says nothing.`,
            `Give both a score from ${scale[0]} (worst) to ${scale[1]} (best) as JSON: {"first": number, "second": number}.`
          ],
          [
            ["question", row.prompt],
            ["evidence", Evidence.textOf(asked.evidence, row)],
            ["first", first],
            ["second", second]
          ]
        ),
        ask,
        columns: (answer) => {
          const [ofFirst, ofSecond] = [answer?.first ?? null, answer?.second ?? null]
          return {
            [`${as}Chosen`]: isTurned ? ofSecond : ofFirst,
            [`${as}Rejected`]: isTurned ? ofFirst : ofSecond
          }
        },
        what: as
      })
    }
  })
}

const rateWhole = (options: RatePairsOptions<string, Schema.Struct.Fields>) => {
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
    prefers: ["jsonSchema"],
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
  })
}
