import * as Schema from "effect/Schema"
import { askStructured } from "../services/askStructured.ts"
import { each, type RowOf } from "../Stage.ts"
import * as AskedOnce from "./AskedOnce.ts"
import * as Evidence from "./Evidence.ts"
import * as Judging from "./Judging.ts"

type PromptRow = { readonly id: string; readonly prompt: string }

/** Who says which class a text is of, and how the column is called. */
export interface ClassifyOptions<
  Name extends string,
  Class extends string,
  F extends Schema.Struct.Fields
> extends AskedOnce.AskedOnceOptions<F, PromptRow> {
  /** The column. */
  readonly as: Name
  /** The classes, spelled as they shall be; with `{ name: meaning }` the judge is told what each means. */
  readonly classes: ReadonlyArray<Class> | Readonly<Record<Class, string>>
  /** What is asked, in words. Default: which class the message is of. */
  readonly rubric?: string
  /** The text that is classified, a slot or a function of the row; null is nothing to classify. Default the prompt. */
  readonly of?: Evidence.Evidence<NoInfer<F>, PromptRow>
}

type Gives<Name extends string, Class extends string> = { readonly [K in Name]: Class | null }

/**
 * Has a judge say which class of a fixed set each prompt is of, or a turn of a conversation, in a column of its own.
 *
 * The classes are in the answer's JSON Schema, and every other answer is followed up once. Null where the text is null or blank and
 * outside the annotator's share; also where there is no answer, which the rejects note with the reason. Temperature 0. Costs one call a
 * row, and one per follow-up; rows with one text share it. Throws on less than two classes and on a class without text or named twice.
 */
export const classify = <const Name extends string, const Class extends string, F extends Schema.Struct.Fields = {}>(
  options: ClassifyOptions<Name, Class, F>
): Judging.Asking<PromptRow & RowOf<F>, Gives<Name, Class>> => {
  const { as, of, rubric = "which class the message is of" } = options
  const meanings: ReadonlyArray<readonly [string, string | null]> = Array.isArray(options.classes)
    ? (options.classes as ReadonlyArray<string>).map((name) => [name, null] as const)
    : Object.entries(options.classes as Readonly<Record<string, string>>)
  const names = meanings.map(([name]) => name)
  if (names.length < 2 || names.some((name, i) => name.trim() === "" || names.indexOf(name) !== i)) {
    throw new Error(
      `Cannot set up "judge.classify": found classes ${JSON.stringify(names)}, expected two or more different ones with text`
    )
  }
  const asked = AskedOnce.make("judge.classify", options, 64)
  const ask = askStructured({ name: "class", schema: Schema.Struct({ class: Schema.Literals(names) }) })
  return each({
    name: "judge.classify",
    needs: { ...options.slots, id: Schema.String, prompt: Schema.String },
    gives: { [as]: Schema.NullOr(Schema.Literals(names)) },
    config: { ...asked.config, rubric, as, classes: meanings },
    callsPerRow: 1,
    row: (row, { seed }) => {
      const text = of === undefined ? row.prompt : Evidence.textOf(of, row)
      return AskedOnce.columnsFor(asked, {
        row,
        seed,
        task: { kind: "classify", prompt: text ?? "", annotator: asked.annotator.name, classes: names },
        text:
          text === null || text.trim() === ""
            ? null
            : Judging.told(
                [
                  `Say ${rubric}. Do not answer it.`,
                  ...meanings.flatMap(([name, meaning]) =>
                    meaning === null ? [] : [`${JSON.stringify(name)}: ${meaning}`]
                  ),
                  `Reply as JSON: {"class": ${names.map((name) => JSON.stringify(name)).join(" | ")}}.`
                ],
                [
                  ["evidence", Evidence.textOf(asked.evidence, row)],
                  ["message", text]
                ]
              ),
        ask,
        columns: (answer) => ({ [as]: answer === null ? null : answer.class }),
        what: as
      })
    }
  }) as unknown as Judging.Asking<PromptRow & RowOf<F>, Gives<Name, Class>>
}
