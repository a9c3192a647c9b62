import { areAnswers, columnsOfQuestion, flattened, readAnswers, readSuggestion } from "./ArgillaAnswers.ts"
import { FormatFlaw, type Look, type Row } from "./Format.ts"
import { columnOf, valuesOf } from "./LookedAt.ts"

/** What an export of Argilla shows of itself in its first rows. */
export interface ArgillaExport {
  /** Whether fields, responses and suggestions are structs of their own. */
  readonly isNested: boolean
  /** The flat view of a row. */
  readonly flat: (row: Row) => Row
  readonly questions: ReadonlyArray<string>
  readonly fields: ReadonlyArray<string>
  /** Whether all values of a field are text. */
  readonly isText: (field: string) => boolean
  /** The values of a field that are there. */
  readonly valuesOf: (field: string) => ReadonlyArray<unknown>
  /** What people submitted to a question, and what was suggested. */
  readonly answersTo: (question: string) => ReadonlyArray<unknown>
  /** What was found, for errors. */
  readonly said: string
}

/** The columns of a flat export of Argilla 2, in which a question has one of the two until somebody answers it. */
const flatQuestion = /^(.+)\.(?:responses|suggestion)$/s

const prompts = ["prompt", "instruction", "input", "question", "query", "messages", "conversation", "chat", "history"]

/** The field with the prompt, by its name. */
export const promptAmong = (fields: ReadonlyArray<string>): string | undefined =>
  prompts.find((name) => fields.includes(name))

/** Looks at the columns and first rows of a file; null where they are no export of answers at all. */
export const argillaExport = (look: Look): ArgillaExport | null => {
  const isNested = ["fields", "responses"].every((name) =>
    look.sample.some((row) => typeof row[name] === "object" && row[name] !== null && !Array.isArray(row[name]))
  )
  const flat = isNested ? flattened : (row: Row) => row
  const rows = look.sample.map(flat)
  const names = [...new Set(isNested ? rows.flatMap((row) => Object.keys(row)) : look.columns.map(({ name }) => name))]
  const valuesIn = (name: string) => valuesOf({ sample: rows }, name)
  const hasAnswers = (name: string) =>
    isNested
      ? rows.some((row) => Object.hasOwn(row["responses"] ?? {}, name))
      : names.includes(`${name}-suggestion`) || valuesIn(name).some(areAnswers) || isAnswersType(look, name)
  const questions = [
    ...new Set(names.flatMap((name) => flatQuestion.exec(name)?.[1] ?? (hasAnswers(name) ? [name] : [])))
  ]
  if (questions.length === 0) return null
  const taken = new Set(questions.flatMap(columnsOfQuestion))
  const fields = names.filter((name) => !taken.has(name) && valuesIn(name).length > 0)
  return {
    isNested,
    flat,
    questions,
    fields,
    isText: (name) => valuesIn(name).every((value) => typeof value === "string"),
    valuesOf: valuesIn,
    answersTo: (question) => rows.flatMap((row) => answeredIn(row, question)),
    said: `an Argilla export with the questions ${quoted(questions)} and the fields ${quoted(fields)}`
  }
}

const isAnswersType = (look: Look, name: string): boolean => {
  const type = columnOf(look, name)?.columnType
  const struct = type?.kind === "list" ? type.element : type
  return (
    struct?.kind === "struct" && ["user_id", "value"].every((key) => struct.fields.some((field) => field.name === key))
  )
}

/** Names in quotes, as errors list them. */
export const quoted = (names: ReadonlyArray<string>): string => names.map((name) => `"${name}"`).join(", ")

/** Says whether nine tenths and more of the answers in the first rows are of a kind; the rows of the others are rejected. */
export const areMostly = (answers: ReadonlyArray<unknown>, fits: (answer: unknown) => boolean): boolean =>
  answers.length > 0 && answers.filter(fits).length >= 0.9 * answers.length

/** What people submitted to a question in a row; a suggestion counts as well, to see what values there are. */
const answeredIn = (row: Row, question: string): ReadonlyArray<unknown> => {
  const answers = readAnswers(row, question)
  const values = answers instanceof FormatFlaw ? [] : answers.filter(({ status }) => status === "submitted")
  return [...values, readSuggestion(row, question)].flatMap((one) =>
    one === null || one.value === null || one.value === undefined ? [] : [one.value]
  )
}
