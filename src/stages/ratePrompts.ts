import * as Schema from "effect/Schema"
import { each, type RowOf } from "../Stage.ts"
import * as AskedOnce from "./AskedOnce.ts"
import * as Evidence from "./Evidence.ts"
import * as Grading from "./Grading.ts"
import * as Judging from "./Judging.ts"

type PromptRow = { readonly id: string; readonly prompt: string }

/** Who rates prompts by what, on which scale, and how the column is called. */
export interface RatePromptsOptions<Name extends string, F extends Schema.Struct.Fields>
  extends AskedOnce.AskedOnceOptions<F, PromptRow>, Pick<Grading.GradingOptions, "levels" | "scale"> {
  /** What is rated, in words, for instance "how hard it is to answer". */
  readonly rubric: string
  /** The column. */
  readonly as: Name
  /** The text that is rated, a slot or a function of the row; null is nothing to rate. Default the prompt. */
  readonly of?: Evidence.Evidence<NoInfer<F>, PromptRow>
}

type Gives<Name extends string> = { readonly [K in Name]: number | null }

/**
 * Has a judge rate each prompt, or a turn of a conversation, as a number in a column of its own.
 *
 * Null where the text is null or blank and outside the annotator's share; also where there is no answer, which the rejects note with the
 * reason. Temperature 0. Costs one call a row, and one per follow-up; rows with one text share it. Throws as `Grading.make` does.
 */
export const ratePrompts = <const Name extends string, F extends Schema.Struct.Fields = {}>(
  options: RatePromptsOptions<Name, F>
): Judging.Asking<PromptRow & RowOf<F>, Gives<Name>> => {
  const { as, of, rubric } = options
  const asked = AskedOnce.make("judge.prompts", options, 64)
  const grading = Grading.make("judge.prompts", { ...options, critique: false })
  return each({
    name: "judge.prompts",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    gives: { [as]: Schema.NullOr(Schema.Finite) },
    config: { ...asked.config, rubric, as, scale: grading.scale, levels: grading.levels },
    callsPerRow: 1,
    row: (row, { seed }) => {
      const text = of === undefined ? row.prompt : Evidence.textOf(of, row)
      return AskedOnce.columnsFor(asked, {
        row,
        seed,
        task: {
          kind: "ratePrompt",
          prompt: text ?? "",
          annotator: asked.annotator.name,
          axis: as,
          scale: grading.scale,
          ...grading.task
        },
        text:
          text === null || text.trim() === ""
            ? null
            : Judging.told(
                [`Rate the message below by ${rubric}. Do not answer it.`, grading.instruction(false)],
                [
                  ["evidence", Evidence.textOf(asked.evidence, row)],
                  ["message", text]
                ]
              ),
        ask: grading.ask,
        columns: (answer) => ({ [as]: answer === null ? null : grading.read(answer, false).score }),
        what: as
      })
    }
  }) as unknown as Judging.Asking<PromptRow & RowOf<F>, Gives<Name>>
}
