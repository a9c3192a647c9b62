import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { noting, reject, Rejection } from "../Rejects.ts"
import { each, type RowOf } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"
import { problemOf } from "./problemOf.ts"

type PromptRow = { readonly id: string; readonly prompt: string }

/** Who rates prompts, how often, on which scale, knowing what. */
interface Rating<F extends Schema.Struct.Fields>
  extends
    Pick<Judging.JudgingOptions<F>, "annotators" | "maxTokens" | "samples" | "slots" | "temperature">,
    Pick<Grading.GradingOptions, "levels" | "scale"> {
  /** Shown to the judge beside what it judges. Default nothing. */
  readonly evidence?: Evidence.Evidence<NoInfer<F>, PromptRow>
  /** The text that is rated, a slot or a function of the row; null is nothing to rate. Default the prompt. */
  readonly of?: Evidence.Evidence<NoInfer<F>, PromptRow>
}

/** Who rates prompts by what, on which scale, and how the columns are called. */
export type RatePromptsOptions<Name extends string, F extends Schema.Struct.Fields> = Rating<F> &
  (
    | {
        /** What is rated, in words, for instance "how hard it is to answer". */
        readonly rubric: string
        /** The column. */
        readonly as: Name
      }
    | {
        /** Several qualities, each asked for by itself, in place of one; each has the column of its name. */
        readonly axes: ReadonlyArray<{ readonly axis: Name; readonly rubric: string }>
      }
  )

type Gives<Name extends string> = { readonly [K in Name]: number | null }

/**
 * Has judges rate each prompt, or a turn of a conversation, as a number in a column for each quality.
 *
 * The column is the mean of all answers on the quality: those of every annotator, and of every sample where there are several. Null
 * where the text is null or blank, outside every annotator's share, and where there is no answer at all; answers that could not be had
 * are noted in the rejects with the reason. Temperature 0, or 1 with several samples. Costs annotators × axes × samples calls a row, and
 * one per follow-up; rows with one text share them. Throws as `Judging.make` and `Grading.make` do.
 */
export const ratePrompts = <const Name extends string, F extends Schema.Struct.Fields = {}>(
  options: RatePromptsOptions<Name, F>
): Judging.Asking<PromptRow & RowOf<F>, Gives<Name>> => {
  const { of } = options
  Evidence.check("judge.prompts", options.slots ?? {}, of)
  const named = "as" in options ? { ...options, axis: options.as } : options
  const judging = Judging.make("judge.prompts", named as unknown as Judging.JudgingOptions, "")
  const grading = Grading.make("judge.prompts", { ...options, critique: false })
  const { annotators, axes, samples } = judging
  return each({
    name: "judge.prompts",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    gives: Object.fromEntries(axes.map(({ axis }) => [axis, Schema.NullOr(Schema.Finite)])),
    config: { ...judging.config, of: Evidence.describe(of), scale: grading.scale, levels: grading.levels },
    callsPerRow: annotators.length * axes.length * samples,
    prefers: ["jsonSchema"],
    row: (given, { seed }) => {
      const row: PromptRow = given
      const text = of === undefined ? row.prompt : Evidence.textOf(of, row)
      const isThere = text !== null && text.trim() !== ""
      const things = isThere ? [{ firstId: row.id, secondId: null, text }] : []
      const one = (question: Judging.Question<(typeof things)[number]>) => {
        const { annotator, axis, thing } = question
        const task = {
          kind: "ratePrompt",
          prompt: thing.text,
          annotator: annotator.name,
          axis: axis.axis,
          scale: grading.scale,
          ...grading.task
        } as const
        const words = Judging.told(
          [`Rate the message below by ${axis.rubric}. Do not answer it.`, grading.instruction(false)],
          [
            ["evidence", Evidence.textOf(axis.evidence, row)],
            ["message", thing.text]
          ]
        )
        const asked = askForRow(grading.ask(Judging.requestOf(judging, question, seed, task, words)))
        return Effect.map(asked, (outcome) => {
          if (outcome instanceof Rejection) {
            return { axis, said: reject(`${axis.axis}: ${outcome.reason}`, `${annotator.name}: ${outcome.detail}`) }
          }
          return {
            axis,
            said: outcome.ok
              ? grading.read(outcome.value, false).score
              : reject(`${axis.axis}: ${outcome.reason}`, `${annotator.name}: ${problemOf(outcome)}`)
          }
        })
      }
      return Effect.map(forEachCall(Judging.questionsOf(judging, row, seed, things), one), (all) => {
        const columns = axes.map((axis) => {
          const scores = all.flatMap((answer) =>
            answer.axis === axis && typeof answer.said === "number" ? [answer.said] : []
          )
          return [axis.axis, scores.length === 0 ? null : mean(scores)] as const
        })
        const notes = all.flatMap(({ said }) => (said instanceof Rejection ? [said] : []))
        return noting(Object.fromEntries(columns), notes)
      })
    }
  }) as unknown as Judging.Asking<PromptRow & RowOf<F>, Gives<Name>>
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length
