import { FormatFlaw, type Row } from "./Format.ts"
import { kindOf } from "./Messages.ts"

/** What one person answered to one question of one record. */
export interface ArgillaAnswer {
  /** The id of the person, null where the export names nobody. */
  readonly annotator: string | null
  readonly value: unknown
  /** "submitted", "draft" or "discarded"; null where the export has a status for other answers and none for this. */
  readonly status: string | null
}

/** What a model suggested as the answer. */
export interface ArgillaSuggestion {
  readonly value: unknown
  readonly agent: string | null
}

const submitted = "submitted"

/** Says whether a value has the form in which Argilla 1 holds the answers to a question: a list of structs, or a struct of lists. */
export const areAnswers = (value: unknown): boolean => {
  const one: unknown = Array.isArray(value) ? value[0] : value
  return typeof one === "object" && one !== null && "value" in one && "user_id" in one
}

/**
 * Reads the answers to a question in the forms of Argilla's exports.
 *
 * Argilla 2 has parallel lists in `<question>.responses`, `.users` and `.status`; its nested export and Argilla 1 have a list of `{user_id,
 * value, status}` in `<question>`, which `datasets` may store as a struct of lists. Where an export has no status at all, as the nested one,
 * every answer counts as submitted; an answer whose own status is null is a draft to Argilla and has the status null here.
 *
 * Source: https://github.com/argilla-io/argilla, `argilla/src/argilla/records/_io/_generic.py` and `_resource.py` (2.x),
 * `src/argilla/client/feedback/integrations/huggingface/dataset.py` (1.x)
 */
export const readAnswers = (row: Row, question: string): ReadonlyArray<ArgillaAnswer> | FormatFlaw => {
  const flat = `${question}.responses`
  if (Object.hasOwn(row, flat)) return parallel(row[flat], row[`${flat}.users`], row[`${flat}.status`], flat)
  const value = row[question]
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return structs(value, question)
  if (typeof value !== "object") return new FormatFlaw("wrong type", question, kindOf(value), "a list of answers")
  const lists = value as Row
  return parallel(lists["value"], lists["user_id"], lists["status"], question)
}

const structs = (list: ReadonlyArray<unknown>, question: string): ReadonlyArray<ArgillaAnswer> | FormatFlaw => {
  const answers: Array<ArgillaAnswer> = []
  for (const [i, one] of list.entries()) {
    if (typeof one !== "object" || one === null || !("value" in one)) {
      return new FormatFlaw("wrong type", `${question}[${i}]`, kindOf(one), "an answer with a value")
    }
    const answer = one as Row
    const status = "status" in answer ? textOrNull(answer["status"]) : submitted
    answers.push({ annotator: textOrNull(answer["user_id"]), value: answer["value"], status })
  }
  return answers
}

const parallel = (
  values: unknown,
  users: unknown,
  statuses: unknown,
  column: string
): ReadonlyArray<ArgillaAnswer> | FormatFlaw => {
  if (values === null || values === undefined) return []
  if (!Array.isArray(values)) return new FormatFlaw("wrong type", column, kindOf(values), "a list of answers")
  const others = [users, statuses].filter((list) => list !== null && list !== undefined)
  const bad = others.find((list) => !Array.isArray(list) || list.length !== values.length)
  if (bad !== undefined) {
    const found = `${values.length} values beside ${Array.isArray(bad) ? bad.length : kindOf(bad)}`
    return new FormatFlaw("unequal lengths", column, found, "as many users and statuses as values")
  }
  return values.map((value: unknown, i) => ({
    annotator: Array.isArray(users) ? textOrNull(users[i]) : null,
    value,
    status: Array.isArray(statuses) ? textOrNull(statuses[i]) : submitted
  }))
}

/** Says whether an answer counts, and counts those that do not by their status. */
export const isUsed = (status: string | null, unused: Map<string, number>): boolean => {
  if (status === "submitted") return true
  const what = status ?? "without status"
  unused.set(what, (unused.get(what) ?? 0) + 1)
  return false
}

/** Counts answers that are not used among the remarks of a reader. */
export const remarkUnused = (unused: ReadonlyMap<string, number>, remarks: Map<string, number>): void => {
  for (const [what, n] of unused) {
    const remark = `answers not used: ${what}`
    remarks.set(remark, (remarks.get(remark) ?? 0) + n)
  }
}

/** The flaw of a record without an answer that counts, whatever others it has. */
export const noAnswer = (question: string, unused: ReadonlyMap<string, number>, wanted: string): FormatFlaw => {
  const counts = Array.from(unused, ([what, n]) => `${n} ${what}`)
  const found = counts.length === 0 ? "no answer" : `no answer but ${counts.join(", ")}`
  return new FormatFlaw("no submitted answer", question, found, wanted)
}

/** Reads what a model suggested: `<question>.suggestion` with `.agent` (2.x), or `<question>-suggestion` with `-metadata` (1.x). */
export const readSuggestion = (row: Row, question: string): ArgillaSuggestion | null => {
  const nested = row[`${question}.suggestion`]
  if (nested !== null && nested !== undefined) {
    return { value: nested, agent: textOrNull(row[`${question}.suggestion.agent`]) }
  }
  const older = row[`${question}-suggestion`]
  if (older === null || older === undefined) return null
  const metadata = row[`${question}-suggestion-metadata`] as Row | null | undefined
  return { value: older, agent: textOrNull(metadata?.["agent"]) }
}

/** The columns of a question that are there, of those in which any export may hold its answers and suggestions. */
export const columnsOfQuestion = (question: string): ReadonlyArray<string> => [
  question,
  `${question}.responses`,
  `${question}.responses.users`,
  `${question}.responses.status`,
  ...suggestionColumns(question)
]

/** The columns of a question in which any export may hold a suggestion. */
export const suggestionColumns = (question: string): ReadonlyArray<string> => [
  `${question}.suggestion`,
  `${question}.suggestion.score`,
  `${question}.suggestion.agent`,
  `${question}-suggestion`,
  `${question}-suggestion-metadata`
]

/**
 * Turns a record of the nested export of Argilla 2, `{id, fields, responses, suggestions, …}`, into one with a column for each field and
 * question.
 */
export const flattened = (row: Row): Row => ({
  ...row,
  ...(row["fields"] as Row | null),
  ...(row["responses"] as Row | null),
  ...Object.fromEntries(
    Object.entries((row["suggestions"] ?? {}) as Readonly<Record<string, Row | null>>).flatMap(([question, one]) => [
      [`${question}.suggestion`, one?.["value"]],
      [`${question}.suggestion.agent`, one?.["agent"]]
    ])
  )
})

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null)
