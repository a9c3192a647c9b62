import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Span, Spans } from "../../schemas/Span.ts"
import { mean } from "../aggregations/mean.ts"
import { noting } from "../Rejects.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { each, type RowOf } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"
import { spanId } from "./spanId.ts"

/** Who rates pieces of candidates by what, on which scale. */
export type RateSpansOptions<F extends Schema.Struct.Fields = {}> = Judging.JudgingOptions<F> & Grading.GradingOptions

type Needs<F extends Schema.Struct.Fields> = Judging.GroupRow & { readonly spans: ReadonlyArray<Span> } & RowOf<F>
type Gives = RowOf<typeof Judgments> & RowOf<typeof Spans>

interface Thing extends Pick<Judgment, "firstId" | "secondId"> {
  readonly candidate: Candidate
  readonly span: Span
}

/**
 * Has annotators rate each span of each candidate, in its place in the text: one judgment a span, filed under `spanId(span)`.
 *
 * The mean score of a span on an axis also becomes its feature of that name, where a rewriting or a branch finds it. Judgments of spans
 * are no judgments of their candidate: merges and pairings leave them aside. All else is as in `judge.rate`. Spans without words, and those
 * of candidates that are not there, are not rated. Costs one call per annotator, axis, sample and unrated span, and one per
 * follow-up.
 */
export const rateSpans = <F extends Schema.Struct.Fields = {}>(
  options: RateSpansOptions<F>
): Judging.Asking<Needs<F>, Gives> => {
  const judging = Judging.make("judge.spans", options, "how right and useful it is where it stands")
  const grading = Grading.make("judge.spans", options)
  return each({
    name: "judge.spans",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String, ...Candidates, ...Spans },
    uses: Judgments,
    gives: { ...Judgments, ...Spans },
    config: { ...judging.config, scale: grading.scale, levels: grading.levels },
    callsPerRow: Judging.callsOf(judging, "unrated spans"),
    prefers: ["jsonSchema"],
    row: (row, { seed }) => {
      const things = row.spans.flatMap((span): ReadonlyArray<Thing> => {
        const candidate = row.candidates.find(({ id }) => id === span.candidateId)
        if (candidate === undefined || candidate.text.slice(span.start, span.end).trim() === "") return []
        return [{ firstId: spanId(span), secondId: null, candidate, span }]
      })
      const one = Effect.fnUntraced(function* (question: Judging.Question<Thing>) {
        const { annotator, axis, thing } = question
        const { provider } = yield* LanguageModel
        const { text } = thing.candidate
        const { end, start } = thing.span
        const outcome = yield* grading.ask(
          Judging.requestOf(
            judging,
            question,
            seed,
            {
              kind: "rateSpan",
              prompt: row.prompt,
              text,
              start,
              end,
              annotator: annotator.name,
              axis: axis.axis,
              scale: grading.scale,
              ...grading.task,
              ...(axis.negated ? { negated: true } : {})
            },
            Judging.told(
              [
                `Below are a question and an answer in parts. Rate the part between <part> and </part> alone by ${axis.rubric}.`,
                grading.instruction(axis.negated)
              ],
              [
                ["question", row.prompt],
                ["evidence", Evidence.textOf(axis.evidence, row, [thing.candidate])],
                ["before", start === 0 ? null : text.slice(0, start)],
                ["part", text.slice(start, end)],
                ["after", end === text.length ? null : text.slice(end)]
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
        (made) => {
          const { given, notes } = Judging.keepJudgments(row.judgments ?? [], made)
          const axes = judging.axes.map(({ axis }) => axis)
          return noting({ ...given, spans: row.spans.map((span) => featured(span, axes, given.judgments)) }, notes)
        }
      )
    }
  })
}

/** The span with its mean scores on the axes as features, in place of those of the same names. */
const featured = (span: Span, axes: ReadonlyArray<string>, judgments: ReadonlyArray<Judgment>): Span => {
  const id = spanId(span)
  const scores = axes.flatMap((name) => {
    const given = judgments.flatMap(({ axis, firstId, score, secondId }) =>
      axis === name && firstId === id && secondId === null && score !== null ? [score] : []
    )
    return given.length === 0 ? [] : [{ name, value: mean(given) }]
  })
  const kept = span.features.filter(({ name }) => !scores.some((score) => score.name === name))
  return { ...span, features: [...kept, ...scores] }
}
