import type { PreferenceMessage } from "../../schemas/Preference.ts"
import {
  columnsOfQuestion,
  isUsed,
  noAnswer,
  readAnswers,
  readSuggestion,
  remarkUnused,
  suggestionColumns
} from "./ArgillaAnswers.ts"
import { bestOf, isComplete, type Levels, levelsOfLabel, levelsOfRanking, ranksOfOpinions } from "./ArgillaOpinions.ts"
import type { ArgillaRecords } from "./ArgillaRecords.ts"
import { FormatFlaw, type Look, type PartColumn, type Preference, type Reader, type Row } from "./Format.ts"
import { columnOf } from "./LookedAt.ts"
import { jsonText } from "./jsonText.ts"
import { kindOf, readMessages, textMessage } from "./Messages.ts"
import { notText, readText } from "./PlainTexts.ts"
import { rankedReader } from "./RankedFormat.ts"

/** What people said of the replies of a row. */
interface Opinions {
  readonly given: ReadonlyArray<{ readonly annotator: string | null; readonly levels: Levels }>
  readonly suggested: { readonly annotator: string; readonly levels: Levels } | null
  readonly scores: ReadonlyArray<number | null>
  readonly unused: ReadonlyMap<string, number>
}

/**
 * Makes the reader of records that people annotated in Argilla: exports of 1.x, and flat or nested ones of 2.x.
 *
 * A question that names the best reply, ranks the replies (with ties) or rates each of them orders them; other questions and fields are kept as they
 * are. Only submitted answers count. Each is a vote of its annotator, and together they rank the replies: by the majority, of more than two by the
 * sum of places, and ratings by their mean, which is the score. Of several first places no vote can be made. A suggestion is a vote whose
 * annotator is called "suggestion", or "suggestion:" and its agent, and ranks nothing; its columns are kept. Answers that are drafts, discarded or
 * incomplete are counted in `remarks`. A row with neither a submitted answer nor a suggestion is refused, and so is an answer that names no
 * reply.
 *
 * Source: see `readAnswers`; data sets of these forms are kursathalat/ranking_ds, argilla/mistral-vs-llama-rating (1.x)
 */
export const argillaReader = (look: Look, found: ArgillaRecords): Reader => {
  const { isChat, order, prompt, ratings, replies } = found
  const { flat, isNested } = found.from
  const isPair = replies.columns.length === 2
  const questions = [...new Set([...(order.kind === "ratings" ? [] : [order.question]), ...(ratings ?? [])])]
  const there = (name: string) => columnOf(look, name) !== undefined
  const parts: ReadonlyArray<PartColumn> = isNested
    ? [
        { part: "prompt", column: "fields" },
        ...(isPair
          ? ([
              { part: "chosen", column: "fields" },
              { part: "rejected", column: "fields" }
            ] as const)
          : ([{ part: "candidates", column: "fields" }] as const)),
        { part: "votes", column: "responses" },
        ...(there("suggestions") ? [{ part: "votes", column: "suggestions" } as const] : [])
      ]
    : [
        { part: "prompt", column: prompt },
        ...replies.columns.map(
          (column, i) => ({ part: isPair ? (i === 0 ? "chosen" : "rejected") : "candidates", column }) as const
        ),
        ...questions
          .flatMap(columnsOfQuestion)
          .filter(there)
          .map((column) => ({ part: "votes", column }) as const),
        ...(ratings ?? [])
          .map((question) => (there(question) ? question : `${question}.responses`))
          .map((column) => ({ part: "scores", column }) as const)
      ]
  const remarks = new Map<string, number>()
  /** What was made of the row that is being read. */
  let votes: Preference["votes"] = []
  const reader = rankedReader(look, {
    ...(isPair ? { kind: "pair" } : {}),
    style: isChat ? "messages" : "text",
    parts,
    names: { id: there("id") ? "id" : "external_id" },
    keptToo: isNested ? ["suggestions"] : questions.flatMap(suggestionColumns),
    unkept: isNested ? unreadFields(look, found) : [],
    context: (row) => {
      const values = flat(row)
      return isChat ? readMessages(values[prompt], prompt) : readText(values, prompt, "user")
    },
    candidates: (row) => {
      const values = flat(row)
      const present = replies.columns.flatMap((column, i) =>
        values[column] === null || values[column] === undefined ? [] : [i]
      )
      const missing = replies.columns.findIndex(
        (column, i) => (isPair || present.includes(i)) && typeof values[column] !== "string"
      )
      if (missing >= 0) return notText(values[replies.columns[missing]!], replies.columns[missing]!)
      if (present.length < 2)
        return new FormatFlaw("too few candidates", replies.columns[0]!, `${present.length} replies`, "two or more")
      const opinions = opinionsOf(values, found)
      if (opinions instanceof FormatFlaw) return opinions
      const complete = opinions.given.filter(({ levels }) => isComplete(levels, present))
      const suggested =
        opinions.suggested !== null && isComplete(opinions.suggested.levels, present) ? opinions.suggested : null
      const unused = new Map(opinions.unused)
      if (complete.length < opinions.given.length) unused.set("incomplete", opinions.given.length - complete.length)
      if (complete.length === 0 && suggested === null) {
        return noAnswer(questions[0]!, unused, "a submitted answer about all replies, or a suggestion")
      }
      remarkUnused(unused, remarks)
      votes = [...complete, ...(suggested === null ? [] : [suggested])].flatMap(({ annotator, levels }) => {
        const best = bestOf(levels, present)
        return best === undefined ? [] : [{ annotator, winner: best === null ? null : present.indexOf(best) }]
      })
      const scores = present.map((i) => opinions.scores[i] ?? null)
      const ranks =
        complete.length === 0
          ? null
          : order.kind !== "ratings"
            ? ranksOfOpinions(
                complete.map(({ levels }) => levels),
                present
              )
            : scores.map((score) => scores.filter((other) => other! > score!).length)
      return present.map((i, n) => ({
        messages: [
          textMessage("assistant", values[replies.columns[i]!] as string)
        ] satisfies ReadonlyArray<PreferenceMessage>,
        rank: ranks?.[n] ?? null,
        score: scores[n]!,
        model: null
      }))
    },
    votes: () => votes
  })
  return { ...reader, remarks }
}

/** The fields of a nested record that are neither prompt nor reply. */
const unreadFields = ({ sample }: Look, { prompt, replies }: ArgillaRecords): ReadonlyArray<string> => {
  const names = new Set(sample.flatMap((row) => Object.keys((row["fields"] ?? {}) as Row)))
  return [...names].filter((name) => name !== prompt && !replies.columns.includes(name)).map((name) => `fields.${name}`)
}

const opinionsOf = (values: Row, found: ArgillaRecords): Opinions | FormatFlaw => {
  const { order, ratings } = found
  const rated = ratings === null ? null : ratingsOf(values, ratings)
  if (rated instanceof FormatFlaw) return rated
  if (order.kind === "ratings") return rated!
  const { kind, question } = order
  const levelsOf = kind === "label" ? levelsOfLabel : levelsOfRanking
  const answers = readAnswers(values, question)
  if (answers instanceof FormatFlaw) return answers
  const given: Array<Opinions["given"][number]> = []
  const unused = new Map<string, number>()
  for (const { annotator, status, value } of answers) {
    if (!isUsed(status, unused)) continue
    const levels = levelsOf(found.replies, value)
    if (levels === null) return unknownAnswer(question, value, found)
    given.push({ annotator, levels })
  }
  const suggestion = readSuggestion(values, question)
  const levels = suggestion === null ? null : levelsOf(found.replies, suggestion.value)
  return {
    given,
    suggested: levels === null ? null : { annotator: suggesterOf(suggestion!.agent), levels },
    scores: rated?.scores ?? [],
    unused
  }
}

const suggesterOf = (agent: string | null): string => (agent === null ? "suggestion" : `suggestion:${agent}`)

const unknownAnswer = (question: string, value: unknown, { order, replies }: ArgillaRecords): FormatFlaw => {
  const found = jsonText(value).slice(0, 80)
  const names = replies.columns.join(", ")
  const wanted = order.kind === "label" ? `one of ${names} or tie` : `${names} in an order, each at most once`
  return new FormatFlaw("unknown answer", question, found, wanted)
}

/** The ratings of each reply, of one person together; people without a name by their place. */
const ratingsOf = (values: Row, questions: ReadonlyArray<string>): Opinions | FormatFlaw => {
  const byPerson = new Map<string, { readonly annotator: string | null; readonly levels: Array<number | null> }>()
  const unused = new Map<string, number>()
  const sums = questions.map(() => ({ sum: 0, n: 0 }))
  for (const [i, question] of questions.entries()) {
    const answers = readAnswers(values, question)
    if (answers instanceof FormatFlaw) return answers
    for (const [place, { annotator, status, value }] of answers.entries()) {
      if (!isUsed(status, unused)) continue
      if (typeof value !== "number" || !Number.isFinite(value)) {
        return new FormatFlaw("unknown answer", question, kindOf(value), "a number")
      }
      const key = annotator === null ? `place ${place}` : `person ${annotator}`
      const person = byPerson.get(key) ?? { annotator, levels: questions.map(() => null) }
      person.levels[i] = -value
      byPerson.set(key, person)
      sums[i]!.sum += value
      sums[i]!.n++
    }
  }
  const suggestions = questions.map((question) => readSuggestion(values, question))
  const levels = suggestions.map((one) => (typeof one?.value === "number" ? -one.value : null))
  return {
    given: [...byPerson.values()],
    suggested: levels.every((level) => level === null)
      ? null
      : { annotator: suggesterOf(suggestions.find((one) => one !== null)?.agent ?? null), levels },
    scores: sums.map(({ n, sum }) => (n === 0 ? null : sum / n)),
    unused
  }
}
