/**
 * Pedagogical Alignment: a strong tutor's structured reply against a student model's that grades or acts otherwise, or cannot be read.
 *
 * Paper: Pedagogical Alignment of Large Language Models, https://arxiv.org/abs/2402.05000.
 * Reproduced: dialogues whose reference cannot be read are dropped; a candidate that cannot be read, lacks fields, or differs in grade, action
 *   or state makes a pair; one that agrees in all three makes none. The share of dialogues that make one is in the counts of the run.
 * Outside: training; having the references written.
 * Constants: from the authors' code: what is compared, and that the reference is always chosen; ours: names of the fields and their values,
 *   and one candidate at temperature 0.
 * Needs: the student model. Input columns id, prompt (the dialogue), tutor (the strong model's reply as JSON).
 */
import { Candidates, Check, dataset, enrich, fieldMismatch, generate, into, jsonl, openai } from "prefloom"
import { originalAnswer, pair, Term, using, verify } from "prefloom"
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

const instruction = `Reply to the student as a tutor, as JSON alone: {"grade": "correct" | "partial" | "incorrect", "action": "hint" | "correct" | "next" | "answer", "state": "open" | "solved", "subproblem": string, "reply": string}.`

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
    rows.map(({ candidates, id, tutor }) => ({
      candidates: [
        { ...originalAnswer, id: `${id} tutor`, text: tutor, kind: "reference", model: "tutor" },
        ...candidates
      ]
    }))
})

export const pedagogicalAlignment = jsonl("data/pedagogicalAlignment.jsonl", Dialogue).pipe(
  generate({ n: 1, temperature: 0, template: ({ prompt }) => `${instruction}\n\n${prompt}` }),
  withTutor,
  verify({ checks: [Check.schema("reply", Reply)], kinds: ["reference"], malformed: "quarantine" }),
  pair({
    rules: [
      fieldMismatch({
        fields: [field("grade"), field("action"), field("state")],
        reference: Term.is(Term.kind, "reference")
      })
    ]
  })
)

export default pedagogicalAlignment.pipe(into(dataset()), using(openai({ model: "gpt-5-mini" })))
