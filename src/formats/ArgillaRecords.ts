import { areMostly, type ArgillaExport, promptAmong, quoted } from "./ArgillaExport.ts"
import { type CalledReplies, levelsOfLabel, levelsOfRanking } from "./ArgillaOpinions.ts"
import type { Refusal } from "./Format.ts"

/** A question whose answers order the replies: by a label that names the best, by a ranking, or by a rating of each. */
export type OrderQuestion =
  | { readonly kind: "label" | "ranking"; readonly question: string }
  | { readonly kind: "ratings"; readonly questions: ReadonlyArray<string> }

/** Where an export of Argilla holds prompt, replies and opinions. */
export interface ArgillaRecords {
  readonly from: ArgillaExport
  readonly prompt: string
  readonly isChat: boolean
  readonly replies: CalledReplies
  readonly order: OrderQuestion
  /** A rating question for each reply, which gives the scores; null where there are none. */
  readonly ratings: ReadonlyArray<string> | null
}

const numbered =
  /^(.*(?:response|generation|reply|answer|completion|output|candidate|summary|result|text|option|story)[ _-]?)(\d+|[a-h])$/i
/** What a question is called where a number or letter alone as its answer is the choice of a reply, and no rating. */
const choosing = /best|better|choose|choice|prefer|pick|winner|vote/i
const overall = /^(rating|score|overall|quality|overallrating|overallscore)$/

/** The parts of a name: words and numbers. */
const wordsOf = (name: string): ReadonlyArray<string> => name.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? []

/** Finds where the values of an export are, or says why that cannot be told. */
export const findArgilla = (from: ArgillaExport): ArgillaRecords | Refusal => {
  const { answersTo, fields, isText, questions } = from
  const found = (what: string): Refusal => ({
    found: `${from.said}: ${what}`,
    wanted:
      "a field with the prompt, such as prompt or instruction, two or more with replies, such as response-1 and response-2, and one question that orders them"
  })
  const groups = repliesAmong(fields.filter(isText))
  const [replies] = groups
  if (replies === undefined) return found("no two fields with replies")
  if (groups.length > 1)
    return found(`${groups.map(({ columns }) => columns.join(", ")).join(" and ")} could all be meant`)
  const prompt = promptAmong(fields.filter((name) => !replies.columns.includes(name)))
  if (prompt === undefined) return found("no field with the prompt")
  const ordering = questions.flatMap((question): ReadonlyArray<OrderQuestion> => {
    const kind = kindOfQuestion(question, replies, answersTo(question))
    return kind === null ? [] : [{ kind, question }]
  })
  if (ordering.length > 1) {
    return found(`${quoted(ordering.flatMap((one) => ("question" in one ? [one.question] : [])))} could all be meant`)
  }
  const numeric = questions.filter((one) => answersTo(one).every(isNumber))
  const families = ratingFamilies(numeric, replies).filter((one) => one.questions.some((q) => answersTo(q).length > 0))
  const best = families.filter(({ name }) => overall.test(name))
  const family = families.length === 1 ? families[0] : best.length === 1 ? best[0] : undefined
  if (ordering.length === 0 && family === undefined) {
    return found(
      families.length > 1
        ? `ratings called ${quoted(families.map(({ name }) => name))} could all be meant`
        : "no question whose answers in the first rows name, rank or rate the replies"
    )
  }
  const ratings = family?.questions ?? null
  return {
    from,
    prompt,
    isChat: !isText(prompt),
    replies,
    order: ordering[0] ?? { kind: "ratings", questions: ratings! },
    ratings
  }
}

const isNumber = (value: unknown): boolean => typeof value === "number"

const kindOfQuestion = (
  question: string,
  replies: CalledReplies,
  answers: ReadonlyArray<unknown>
): "label" | "ranking" | null => {
  const mostly = (fits: (answer: unknown) => boolean) => areMostly(answers, fits)
  // Labels in a list that are not all of them may be a choice of several; rankings of Argilla are complete.
  if (mostly((one) => levelsOfRanking(replies, one)?.every((level) => level !== null) === true)) return "ranking"
  if (mostly((one) => levelsOfLabel({ ...replies, marks: [] }, one) !== null)) return "label"
  if (!choosing.test(question) || !mostly((one) => levelsOfLabel(replies, one) !== null)) return null
  // Where replies are numbered from 0, an answer 1 may be the second reply or the first choice; a 0 among the answers settles it.
  return replies.marks.includes("0") && !answers.some((one) => String(one) === "0") ? null : "label"
}

/** Groups of fields that are numbered or lettered alike, or called chosen and rejected. */
const repliesAmong = (fields: ReadonlyArray<string>): ReadonlyArray<CalledReplies> => {
  const stems = Map.groupBy(fields, (name) => numbered.exec(name)?.[1]?.toLowerCase())
  const groups = [...stems]
    .filter(([stem, columns]) => stem !== undefined && columns.length > 1)
    .map(([, columns]) => ({ columns, marks: columns.map((name) => numbered.exec(name)![2]!.toLowerCase()) }))
  const pair = ["chosen", "rejected"]
  return groups.length === 0 && pair.every((name) => fields.includes(name))
    ? [{ columns: pair, marks: ["", ""] }]
    : groups
}

/** Sets of rating questions, one for each reply, by what they are called without the reply. */
const ratingFamilies = (questions: ReadonlyArray<string>, { columns, marks }: CalledReplies) => {
  const byName = new Map<string, Array<string | undefined>>()
  for (const question of questions) {
    const words = wordsOf(question)
    for (const [i, column] of columns.entries()) {
      const own = wordsOf(column)
      const at = words.findIndex((_, start) => own.every((word, n) => words[start + n] === word))
      const marked = marks[i] === "" ? -1 : words.indexOf(marks[i]!)
      const isAlone = words.filter((word) => marks.includes(word)).length === 1
      if (at < 0 && (marked < 0 || !isAlone)) continue
      const rest = at >= 0 ? words.toSpliced(at, own.length) : words.toSpliced(marked, 1)
      const name = rest.join("")
      const family = byName.get(name) ?? columns.map(() => undefined)
      family[i] = question
      byName.set(name, family)
      break
    }
  }
  return [...byName].flatMap(([name, family]) =>
    family.every((question) => question !== undefined) ? [{ name, questions: family }] : []
  )
}
