/**
 * Pedagogical Alignment: a strong tutor's structured reply against a student model's that grades or acts otherwise, or cannot be read.
 *
 * Paper: Pedagogical Alignment of Large Language Models, https://arxiv.org/abs/2402.05000.
 * Reproduced: a simulated student with whom the strong tutor talks on; at each of the tutor's replies, one of the model in training; dialogues whose
 *   reference cannot be read are dropped; a reply that cannot be read, lacks fields, or differs in grade, action or state makes a pair, one
 *   that agrees in all three none; the same as single replies for KTO, which the authors train with besides DPO and IPO.
 * Outside: training; the questions and the first replies.
 * Constants: from the authors' code: what is compared, and that the reference is always chosen; ours: names of the fields and their values,
 *   one more reply of each tutor, one candidate at temperature 0, all wording.
 * Needs: a strong tutor and the model in training. Input columns id, prompt (the dialogue), tutor (the strong tutor's first reply as JSON).
 */
import { adopt, Candidates, Check, dataset, enrich, fieldMismatch, generate, into, jsonl, openai } from "prefloom"
import { originalAnswer, pair, reshape, rolePlay, splitTurns, Term, unpaired, using, verify } from "prefloom"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

const Reply = Schema.Struct({
  grade: Schema.Literals(["correct", "partial", "incorrect"]),
  action: Schema.Literals(["hint", "correct", "next", "answer"]),
  state: Schema.Literals(["open", "solved"]),
  subproblem: Schema.String,
  reply: Schema.String
})
const Dialogue = { id: Schema.String, prompt: Schema.String, tutor: Schema.String }

const teacher = `Reply to the student as a tutor, as JSON alone: {"grade": "correct" | "partial" | "incorrect", "action": "hint" | "correct" | "next" | "answer", "state": "open" | "solved", "subproblem": string, "reply": string}.`
const student = "You are the student. You have half understood. Say what you answer the tutor, right or wrong."

/** Each reply of the tutor with the dialogue before it. */
const replies = reshape({
  name: "replies",
  needs: { ...Dialogue, ...Candidates },
  gives: Dialogue,
  keeps: false,
  row: ({ candidates, id, prompt }) => {
    const { text } = candidates.at(-1)!
    const turns = splitTurns(text).map(({ end, kind, start }) => {
      const said = text.slice(start, end).replace(/^(User|Assistant):/, "")
      return `${kind === "user" ? "Student" : "Tutor"}: ${said.trim()}`
    })
    return turns.flatMap((turn, i) => {
      const before = [prompt, ...turns.slice(0, i)].join("\n")
      const [, tutor] = /^Tutor: ([^]*)$/.exec(turn) ?? []
      return tutor === undefined ? [] : [{ id: i === 0 ? id : `${id}#${i}`, prompt: before, tutor }]
    })
  }
})

/** A field of a reply; null where any of the five is missing or not as it should be. */
const read = Schema.decodeUnknownOption(Schema.fromJsonString(Reply))
const field = (name: "grade" | "action" | "state") =>
  Term.attribute(name, ({ text }) => Option.getOrNull(Option.map(read(text), (reply) => reply[name])))

/** Puts the tutor's reply beside the student model's. */
const withTutor = enrich({
  name: "withTutor",
  needs: { ...Dialogue, ...Candidates },
  gives: Candidates,
  rows: (rows) =>
    rows.map(({ candidates, id, tutor: text }) => {
      const reference = { ...originalAnswer, id: `${id} tutor`, text, kind: "reference", model: "tutor" }
      return { candidates: [reference, ...candidates] }
    })
})

const fields = [field("grade"), field("action"), field("state")]
const rules = [fieldMismatch({ fields, reference: Term.is(Term.kind, "reference") })]
const compared = jsonl("data/pedagogicalAlignment.jsonl", Dialogue).pipe(
  adopt({ columns: ["tutor"], model: "tutor" }),
  rolePlay({ turns: 2, user: { system: student, model: "gpt-5.4" }, assistant: { system: teacher, model: "gpt-5.4" } }),
  replies,
  generate({ n: 1, temperature: 0, template: ({ prompt }) => `${teacher}\n\n${prompt}` }),
  withTutor,
  verify({ checks: [Check.schema("reply", Reply)], kinds: ["reference"], malformed: "quarantine" })
)
export const pedagogicalAlignment = compared.pipe(pair({ rules }))
export const singleReplies = compared.pipe(unpaired({ by: "side", rules }))

export default pedagogicalAlignment.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
