import { isUsed, noAnswer, readAnswers, remarkUnused } from "./ArgillaAnswers.ts"
import { areMostly, type ArgillaExport, promptAmong, quoted } from "./ArgillaExport.ts"
import { FormatFlaw, type Look, type PartColumn, type Reader, type Refusal, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { columnOf } from "./LookedAt.ts"
import { type Messages, readMessages } from "./Messages.ts"
import { readText } from "./PlainTexts.ts"
import { type SingleTexts, unpairedReader } from "./UnpairedFormat.ts"

/** Where an export of Argilla holds one reply to each prompt, and a question whose answers say whether it is wanted. */
export interface ArgillaSingle {
  readonly from: ArgillaExport
  readonly prompt: string
  readonly isChat: boolean
  /** The field with the reply; null where it is the last message of the prompt's conversation. */
  readonly reply: string | null
  readonly question: string
}

const replyName =
  /^(?:(?:model|assistant|chatbot|bot|ai|generated)[ _-]?)?(?:response|generation|reply|answer|completion|output|summary)$/i

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "))

const wanted = words(
  "good correct right acceptable accept accepted approve approved helpful like liked upvote pass passed 👍"
)
const unwanted = words(
  "bad incorrect wrong unacceptable reject rejected disapprove disapproved unhelpful dislike disliked downvote fail failed 👎"
)
const yes = words("yes true y")
const no = words("no false n")
const others = words("not no un non never without")

/** What an answer says of a reply: whether it is wanted, or yes and no where only the question knows; null for anything else. */
const sense = (answer: unknown): boolean | "yes" | "no" | null => {
  if (typeof answer === "boolean") return answer ? "yes" : "no"
  if (typeof answer !== "string") return null
  const word = answer
    .trim()
    .toLowerCase()
    .replace(/^thumbs?[ _-]?up$/, "👍")
    .replace(/^thumbs?[ _-]?down$/, "👎")
  if (wanted.has(word)) return true
  return unwanted.has(word) ? false : yes.has(word) ? "yes" : no.has(word) ? "no" : null
}

/** Says whether yes to a question is good of the reply, by its name: "is_helpful" says so, "harmful" and "not_good" do not. */
const isYesGood = (question: string): boolean => {
  const parts = question.toLowerCase().match(/\p{L}+/gu) ?? []
  return parts.some((part) => wanted.has(part)) && !parts.some((part) => unwanted.has(part) || others.has(part))
}

const labelOf = (question: string, answer: unknown): boolean | null => {
  const said = sense(answer)
  return typeof said === "boolean" || said === null ? said : isYesGood(question) ? said === "yes" : null
}

/**
 * Finds prompt, reply and question of an export with one reply a record, or says what is missing; null where it holds no single replies.
 *
 * A question counts where its answers themselves say that a reply is good or bad, as 👍 and 👎 of distilabel's text generation, or where they are
 * yes and no and its name says that yes is good. A rating does not: no export says from which number on a reply is wanted.
 */
export const findSingle = (from: ArgillaExport): ArgillaSingle | Refusal | null => {
  const { answersTo, fields, isText, questions, valuesOf } = from
  const replies = fields.filter((name) => replyName.test(name) && isText(name))
  const prompt = promptAmong(fields.filter((name) => !replies.includes(name)))
  if (replies.length > 1 || prompt === undefined) return null
  const isChat = !isText(prompt)
  const [reply = null] = replies
  if (reply === null && !(isChat && valuesOf(prompt).every(endsWithReply))) return null
  const labels = questions.filter((question) =>
    areMostly(answersTo(question), (answer) => labelOf(question, answer) !== null)
  )
  if (labels.length === 1) return { from, prompt, isChat, reply, question: labels[0]! }
  const why =
    labels.length > 1
      ? `${quoted(labels)} could all be meant`
      : questions.map((question) => shortcoming(question, answersTo(question))).join("; ")
  return {
    found: `${from.said}, so one reply a record: ${why}`,
    wanted:
      "one question whose answers say whether a reply is wanted: good and bad, or yes and no to a question such as is_helpful; or two replies and more to each prompt"
  }
}

const endsWithReply = (value: unknown): boolean => {
  const messages = readMessages(value, "")
  return !(messages instanceof FormatFlaw) && messages.length > 1 && messages.at(-1)!.role === "assistant"
}

const shortcoming = (question: string, answers: ReadonlyArray<unknown>): string => {
  const name = `"${question}"`
  if (answers.length === 0) return `${name} has no answer in the first rows`
  if (answers.every((answer) => typeof answer === "number")) {
    const [least, most] = [Math.min(...answers), Math.max(...answers)]
    return `${name} is rated from ${least} to ${most} in the first rows, and nothing says from which number on a reply is wanted`
  }
  const values = [...new Set(answers.map((answer) => jsonText(answer).slice(0, 40)))].slice(0, 5).join(", ")
  return answers.every((answer) => ["yes", "no"].includes(String(sense(answer))))
    ? `${name} is answered by ${values}, and its name does not say that yes is good`
    : `${name} is answered by ${values}`
}

/**
 * Makes the reader of records in which people judged one reply, as single replies with a label.
 *
 * The label is that of the majority of the submitted answers; as many for as against is refused, and so is a record that has none. Suggestions of
 * models decide nothing. The columns of the question are kept, because a label does not say who gave it. Answers that are drafts or discarded are
 * counted in `remarks`.
 *
 * Source: https://github.com/argilla-io/distilabel, `src/distilabel/steps/argilla/text_generation.py`
 */
export const singleReader = (look: Look, single: ArgillaSingle): Reader => {
  const { from, isChat, prompt, question, reply } = single
  const remarks = new Map<string, number>()
  const columnFor = (field: string) => (from.isNested ? "fields" : field)
  const answers = from.isNested
    ? "responses"
    : columnOf(look, question) === undefined
      ? `${question}.responses`
      : question
  const parts: ReadonlyArray<PartColumn> = [
    { part: "prompt", column: columnFor(prompt) },
    { part: "chosen", column: columnFor(reply ?? prompt) }
  ]
  const reader = unpairedReader(look, {
    style: isChat ? "messages" : "text",
    parts,
    texts: (row) => {
      const values = from.flat(row)
      const texts = textsOf(values, single)
      if (texts instanceof FormatFlaw) return texts
      const label = majority(values, question, remarks)
      return label instanceof FormatFlaw ? label : { ...texts, label }
    }
  })
  const { holding } = reader
  return {
    ...reader,
    remarks,
    holding: {
      ...holding,
      parts: [...holding.parts, { part: "label", column: answers }],
      unkept: [
        ...holding.unkept,
        ...(from.isNested
          ? from.fields
              .filter((name) => look.sample.some((row) => Object.hasOwn(row["fields"] ?? {}, name)))
              .filter((name) => name !== prompt && name !== reply)
              .map((name) => `fields.${name}`)
          : [])
      ]
    }
  }
}

const textsOf = (
  values: Row,
  { isChat, prompt, reply }: ArgillaSingle
): Pick<SingleTexts, "context" | "reply"> | FormatFlaw => {
  const context: Messages | FormatFlaw = isChat
    ? readMessages(values[prompt], prompt)
    : readText(values, prompt, "user")
  if (context instanceof FormatFlaw) return context
  if (reply !== null) {
    const text = readText(values, reply, "assistant")
    return text instanceof FormatFlaw ? text : { context, reply: text }
  }
  return context.at(-1)?.role === "assistant"
    ? { context: context.slice(0, -1), reply: context.slice(-1) }
    : new FormatFlaw("no reply", prompt, "a conversation that does not end with the assistant", "a reply at its end")
}

const majority = (values: Row, question: string, remarks: Map<string, number>): boolean | FormatFlaw => {
  const answers = readAnswers(values, question)
  if (answers instanceof FormatFlaw) return answers
  const unused = new Map<string, number>()
  let lead = 0
  let nUsed = 0
  for (const { status, value } of answers) {
    if (!isUsed(status, unused)) continue
    const label = labelOf(question, value)
    if (label === null) {
      const found = jsonText(value).slice(0, 80)
      return new FormatFlaw("unknown answer", question, found, "an answer that says whether the reply is wanted")
    }
    lead += label ? 1 : -1
    nUsed++
  }
  if (nUsed === 0) return noAnswer(question, unused, "a submitted answer")
  remarkUnused(unused, remarks)
  return lead === 0
    ? new FormatFlaw("tie", question, `${nUsed / 2} answers for the reply and as many against`, "a majority")
    : lead > 0
}
