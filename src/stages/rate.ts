import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Noted, noting, reject, Rejection } from "../Rejects.ts"
import { askStructured, type StructuredOutcome } from "../services/askStructured.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import { each } from "../Stage.ts"
import { type Annotator, askedOf, type FullAnnotator, fullAnnotators, judges, hasJudged } from "./Annotator.ts"
import { askForRow, forEachCall } from "./askForRow.ts"

/** Who rates on which scale. */
export interface RateOptions {
  readonly annotators: ReadonlyArray<Annotator>
  /** What is rated, in words. Default: how well the answer serves the one who asked. */
  readonly rubric?: string
  /** Name of the rubric in the judgments. Default "overall". */
  readonly axis?: string
  /** Lowest and highest score. Default 1 to 10. */
  readonly scale?: readonly [number, number]
}

const answerOn = ([minimum, maximum]: readonly [number, number]) =>
  Schema.Struct({ score: Schema.Finite.check(Schema.isBetween({ minimum, maximum })) })

/**
 * Has annotators rate each candidate on a rubric.
 *
 * A candidate that an annotator has rated on this axis already is not rated again, so the stage may stand twice, for instance
 * before and after `inject`. An answer that is no score on the scale is followed up once; what still is none becomes a judgment
 * with verdict `invalid` and no score, a refusal one with `refused`, and both are noted in the rejects with the reason.
 * Temperature 0. Costs one call per annotator and unrated candidate, and one per follow-up.
 */
export const rate = (options: RateOptions) => {
  const { axis = "overall", scale = [1, 10] } = options
  const rubric = options.rubric ?? "how well the answer serves the person who asked: correct, complete, clear"
  const annotators = fullAnnotators(options.annotators)
  const ask = askStructured({ name: "rating", schema: answerOn(scale) })
  return each({
    name: "judge.rate",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Judgments,
    config: { annotators, rubric, axis, scale },
    callsPerRow: `${annotators.length} × unrated candidates`,
    row: (row, context) => {
      const before = row.judgments ?? []
      const isRated = (annotator: string, firstId: string) =>
        hasJudged(before, { annotator, axis, firstId, secondId: null })
      const asked = annotators
        .filter((annotator) => judges(annotator, row.id, context.seed))
        .flatMap((annotator) =>
          row.candidates
            .filter((candidate) => candidate.text.trim() !== "" && !isRated(annotator.name, candidate.id))
            .map((candidate) => ({ annotator, candidate }))
        )
      const one = Effect.fnUntraced(function* (question: { annotator: FullAnnotator; candidate: Candidate }) {
        const { annotator, candidate } = question
        const { provider } = yield* LanguageModel
        const outcome = yield* ask({
          task: { kind: "rate", prompt: row.prompt, text: candidate.text, annotator: annotator.name, axis, scale },
          messages: askedOf(annotator, requestFor(row.prompt, candidate.text, rubric, scale)),
          model: annotator.model,
          sampleIndex: 0,
          temperature: 0,
          maxTokens: 64,
          seed: context.seed
        })
        const judgment: Judgment = {
          annotator: annotator.name,
          annotatorKind: provider.simulated ? "simulated" : "model",
          axis,
          firstId: candidate.id,
          secondId: null,
          score: outcome.ok ? outcome.value.score : null,
          verdict: null,
          plantedCorrect: null
        }
        return judged(judgment, outcome)
      })
      return Effect.map(
        forEachCall(asked, (question) => askForRow(one(question))),
        (made) => keepJudgments(before, made)
      )
    }
  })
}

/**
 * A judgment as its answer came out: where there is none, the verdict is `refused` when the model said no and `invalid` for all
 * else, and a note says why.
 */
export const judged = (
  judgment: Judgment,
  outcome: { readonly ok: true } | Extract<StructuredOutcome<never>, { readonly ok: false }>
): Noted<Judgment> => {
  if (outcome.ok) return noting(judgment, [])
  const { annotator, firstId, secondId } = judgment
  const question = `${annotator} on ${secondId === null ? firstId : `${firstId} and ${secondId}`}`
  return noting({ ...judgment, verdict: outcome.reason === "refused" ? "refused" : "invalid" }, [
    reject(outcome.reason, `${question}: ${outcome.problem}`)
  ])
}

/** Appends the judgments that were made, and notes the questions that could not be asked and the answers that could not be had. */
export const keepJudgments = (before: ReadonlyArray<Judgment>, made: ReadonlyArray<Noted<Judgment> | Rejection>) => {
  const kept = made.flatMap((one) => (one instanceof Rejection ? [] : [one.given]))
  const rejections = made.flatMap((one) => (one instanceof Rejection ? [one] : one.notes))
  return noting(
    { judgments: [...before, ...kept] },
    rejections.map((rejection) => reject(`judgment: ${rejection.reason}`, rejection.detail))
  )
}

const requestFor = (prompt: string, text: string, rubric: string, [low, high]: readonly [number, number]): string =>
  [
    `Rate the answer below by ${rubric}.`,
    `Give a score from ${low} (worst) to ${high} (best) as JSON: {"score": number}.`,
    "",
    "<question>",
    prompt,
    "</question>",
    "<answer>",
    text,
    "</answer>"
  ].join("\n")
