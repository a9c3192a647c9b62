import * as Schema from "effect/Schema"
import { askStructured } from "../services/askStructured.ts"
import { each, type RowOf } from "../Stage.ts"
import * as AskedOnce from "./AskedOnce.ts"
import * as Evidence from "./Evidence.ts"
import * as Judging from "./Judging.ts"
import { normaliseTag } from "./normaliseTag.ts"

type PromptRow = { readonly id: string; readonly prompt: string }
type Classes<Class extends string> = ReadonlyArray<Class> | Readonly<Record<Class, string>>

interface Classifying<Name extends string, F extends Schema.Struct.Fields> extends AskedOnce.AskedOnceOptions<
  F,
  PromptRow
> {
  /** The column. */
  readonly as: Name
  /** What is asked, in words. */
  readonly rubric?: string
  /** The text that is classified, a slot or a function of the row; null is nothing to classify. Default the prompt. */
  readonly of?: Evidence.Evidence<NoInfer<F>, PromptRow>
}

/** Who says which class a text is of, and how the column is called. */
export interface ClassifyOptions<
  Name extends string,
  Class extends string,
  F extends Schema.Struct.Fields
> extends Classifying<Name, F> {
  /** The classes, spelled as they shall be; with `{ name: meaning }` the judge is told what each means. */
  readonly classes: Classes<Class>
}

/** Who names all classes that a text is of, or tags it in words of its own. */
export interface ClassifyManyOptions<
  Name extends string,
  Class extends string,
  F extends Schema.Struct.Fields
> extends Classifying<Name, F> {
  readonly many: true
  /** As for one class. Default: any short tag. */
  readonly classes?: Classes<Class>
}

/** Makes a stage that gives one class of a set, or a list of classes or tags. */
export interface Classify {
  <const Name extends string, const Class extends string = string, F extends Schema.Struct.Fields = {}>(
    options: ClassifyManyOptions<Name, Class, F>
  ): Judging.Asking<PromptRow & RowOf<F>, { readonly [K in Name]: ReadonlyArray<Class> }>
  <const Name extends string, const Class extends string, F extends Schema.Struct.Fields = {}>(
    options: ClassifyOptions<Name, Class, F>
  ): Judging.Asking<PromptRow & RowOf<F>, { readonly [K in Name]: Class | null }>
}

/**
 * Has a judge say which class each prompt is of, or a turn of a conversation, in a column of its own.
 *
 * With `classes` alone, one class of a fixed set: null where the text is null or blank and outside the annotator's share; also where there is
 * no answer, which the rejects note with the reason.
 *
 * With `many: true`, a list: of all classes of the set that fit, or without a set of short tags, one for each intent, kind of task or
 * topic, brought to one form (see `normaliseTag`). Repeated ones are left out, the order is the judge's; the list is empty where one
 * class would be null. It is what the rules "tagCmp" and "tagDiv" of `flag` read.
 *
 * The classes are in the answer's JSON Schema, and every other answer is followed up once. The text is not cut. Temperature 0. Costs one call
 * a row, and one per follow-up; rows with one text share it. Throws on less than two classes (with `many` less than one) and on a
 * class without text or named twice.
 *
 * Source of tags: PrefCleanBench, https://arxiv.org/abs/2509.23564; Lu et al. 2023, https://arxiv.org/abs/2308.07074
 */
export const classify: Classify = (options: object) => stageOf(options as AnyOptions) as never

type AnyOptions = Classifying<string, Schema.Struct.Fields> & {
  readonly classes?: Classes<string>
  readonly many?: true
}

const stageOf = (options: AnyOptions) => {
  const { as, many = false, of } = options
  const meanings = options.classes === undefined ? null : meaningsOf(options.classes)
  checkClasses(meanings, many)
  const names = meanings?.map(([name]) => name) ?? null
  const one = names === null ? Schema.String : Schema.Literals(names)
  const asked = AskedOnce.make("judge.classify", options, many ? 256 : 64)
  const rubric =
    options.rubric ??
    (many
      ? "what the message asks for: one short tag for each intent, kind of task or topic, as few as cover it"
      : "which class the message is of")
  const request = (row: PromptRow, text: string) =>
    Judging.told(
      [
        `${many ? "Name" : "Say"} ${rubric}. Do not answer it.`,
        ...(many && names !== null ? [`Use these tags alone: ${JSON.stringify(names)}.`] : []),
        ...(meanings ?? []).flatMap(([name, meaning]) =>
          meaning === null ? [] : [`${JSON.stringify(name)}: ${meaning}`]
        ),
        many
          ? 'Reply as JSON: {"tags": [string, …]}.'
          : `Reply as JSON: {"class": ${names!.map((name) => JSON.stringify(name)).join(" | ")}}.`
      ],
      [
        ["evidence", Evidence.textOf(asked.evidence, row)],
        ["message", text]
      ]
    )
  const textOf = (row: PromptRow): string | null => {
    const text = of === undefined ? row.prompt : Evidence.textOf(of, row)
    return text === null || text.trim() === "" ? null : text
  }
  const needs = { ...options.slots, id: Schema.String, prompt: Schema.String }
  const config = { ...asked.config, rubric, as, classes: meanings, many }
  const outline = { name: "judge.classify", needs, config, callsPerRow: 1, prefers: ["jsonSchema"] }
  if (many) {
    const ask = askStructured({ name: "tags", schema: Schema.Struct({ tags: Schema.Array(one) }) })
    return each({
      ...outline,
      gives: { [as]: Schema.Array(one) },
      row: (row, { seed }) => {
        const text = textOf(row)
        return AskedOnce.columnsFor(asked, {
          row,
          seed,
          task: { kind: "tag", prompt: text ?? "", vocabulary: names },
          text: text === null ? null : request(row, text),
          ask,
          columns: (answer) => {
            const tags = answer?.tags ?? []
            const named = names === null ? tags.map(normaliseTag).filter((tag) => tag !== "") : tags
            return { [as]: [...new Set(named)] }
          },
          what: as
        })
      }
    })
  }
  const ask = askStructured({ name: "class", schema: Schema.Struct({ class: one }) })
  return each({
    ...outline,
    gives: { [as]: Schema.NullOr(one) },
    row: (row, { seed }) => {
      const text = textOf(row)
      return AskedOnce.columnsFor(asked, {
        row,
        seed,
        task: { kind: "classify", prompt: text ?? "", annotator: asked.annotator.name, classes: names! },
        text: text === null ? null : request(row, text),
        ask,
        columns: (answer) => ({ [as]: answer === null ? null : answer.class }),
        what: as
      })
    }
  })
}

/** Names of classes with what they mean, null where that is not said. */
const meaningsOf = (classes: Classes<string>): ReadonlyArray<readonly [name: string, meaning: string | null]> =>
  Array.isArray(classes)
    ? (classes as ReadonlyArray<string>).map((name) => [name, null] as const)
    : Object.entries(classes as Readonly<Record<string, string>>)

const checkClasses = (meanings: ReturnType<typeof meaningsOf> | null, many: boolean): void => {
  if (many && meanings === null) return
  const names = meanings?.map(([name]) => name) ?? []
  const fewest = many ? 1 : 2
  if (names.length >= fewest && names.every((name, i) => name.trim() !== "" && names.indexOf(name) === i)) return
  throw new Error(
    `Cannot set up "judge.classify": found classes ${JSON.stringify(names)}, expected ${many ? "one" : "two"} or more different ones with text`
  )
}
