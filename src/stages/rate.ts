import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { each, type RowOf } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"

/** Who rates by what, on which scale. */
export type RateOptions<F extends Schema.Struct.Fields = {}> = Judging.JudgingOptions<F> & Grading.GradingOptions

type Thing = Pick<Judgment, "firstId" | "secondId"> & { readonly candidate: Candidate }

/**
 * Has annotators rate each candidate on a rubric, or on several.
 *
 * What an annotator has said of a candidate on this axis already is not asked again, so the stage may stand twice, for instance
 * before and after `inject`, and a larger `samples` asks for the rest. An answer that is no score on the scale is followed up once; what
 * still is none becomes a judgment with verdict `invalid` and no score, a refusal one with `refused`, and both are noted in the rejects
 * with the reason. A score on a negated axis is mirrored on the scale. Temperature 0, or 1 with several samples, which differ by sample index
 * and seed. Costs one call per annotator, axis, sample and unrated candidate, and one per follow-up. Throws as `Judging.make` and
 * `Grading.make` do.
 */
export const rate = <F extends Schema.Struct.Fields = {}>(
  options: RateOptions<F>
): Judging.Asking<Judging.GroupRow & RowOf<F>, RowOf<typeof Judgments>> => {
  const judging = Judging.make(
    "judge.rate",
    options,
    "how well the answer serves the person who asked: correct, complete, clear"
  )
  const grading = Grading.make("judge.rate", options)
  return each({
    name: "judge.rate",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: { ...judging.config, scale: grading.scale, levels: grading.levels },
    callsPerRow: Judging.callsOf(judging, "unrated candidates"),
    prefers: ["jsonSchema"],
    row: (row, { seed }) => {
      const things = row.candidates
        .filter(({ text }) => text.trim() !== "")
        .map((candidate): Thing => ({ firstId: candidate.id, secondId: null, candidate }))
      const one = Effect.fnUntraced(function* (question: Judging.Question<Thing>) {
        const { annotator, axis, thing } = question
        const { provider } = yield* LanguageModel
        const { text } = thing.candidate
        const outcome = yield* grading.ask(
          Judging.requestOf(
            judging,
            question,
            seed,
            {
              kind: "rate",
              prompt: row.prompt,
              text,
              annotator: annotator.name,
              axis: axis.axis,
              scale: grading.scale,
              ...grading.task,
              ...(axis.negated ? { negated: true } : {})
            },
            Judging.told(
              [`Rate the answer below by ${axis.rubric}.`, grading.instruction(axis.negated)],
              [
                ["question", row.prompt],
                ["evidence", Evidence.textOf(axis.evidence, row, [thing.candidate])],
                ["answer", text]
              ]
            )
          )
        )
        const judgment = Judging.blank(question, provider)
        return Judging.judged(
          outcome.ok ? { ...judgment, ...grading.read(outcome.value, axis.negated) } : judgment,
          outcome
        )
      })
      return Effect.map(
        forEachCall(Judging.questionsOf(judging, row, seed, things), (question) => askForRow(one(question))),
        (made) => Judging.keepJudgments(row.judgments ?? [], made)
      )
    }
  })
}
