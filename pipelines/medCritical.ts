/**
 * MedCritical: a student's correction of its own wrong answer against that answer.
 *
 * Paper: MedCritical: Enhancing Medical Reasoning in Small Language Models via Self-Collaborative Correction,
 *   https://arxiv.org/abs/2509.23368.
 * Reproduced: the student answers; a teacher that may say "1" or "2" alone says whether it is right; the student refines what is wrong, again
 *   while it stays wrong; each right correction against the wrong answer; at most 1,000 pairs.
 * Outside: fine-tuning on the teacher's long traces (stage 1), DPO between iterations.
 * Constants: from the authors' repository: two verdicts, 1,000 pairs; ours, because theirs were not found: how a correction is checked (by
 *   the teacher and by the chosen letter), 3 tries, all wording.
 * Needs: two models at one endpoint; columns id, prompt, reference (a letter).
 */
import { aggregate, type Candidate, Candidates, Check, dataset, filter, generate, http, into, judge } from "prefloom"
import {
  type Judgment,
  Judgments,
  jsonl,
  loop,
  pair,
  Prompt,
  refine,
  Rewriting,
  rewritten,
  take,
  using
} from "prefloom"
import { verify } from "prefloom"
import * as Schema from "effect/Schema"

const student = "med-student-7b"
const teacher = "QwQ-32B"

const verdict = judge.rate({
  annotators: [{ name: "teacher", model: teacher }],
  axis: "correct",
  rubric: "whether it answers the question as the reference does (1 is right, 2 is wrong)",
  levels: { "1": 1, "2": 0 },
  slots: { reference: Schema.NullOr(Schema.String) },
  evidence: "reference"
})
const letter = verify({ checks: [Check.choice()], axis: "correct", malformed: "rejected" })

interface Tried {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

/** Some answer was checked, and nobody who checked it says that it is wrong. */
const isSolved = ({ candidates, judgments }: Tried) =>
  candidates.some(({ id }) => {
    const said = judgments.filter(({ axis, firstId }) => axis === "correct" && firstId === id)
    return said.length > 0 && said.every(({ score }) => score === 1)
  })

const correction = refine({
  by: Rewriting.ask({
    operation: "correct",
    direction: "better",
    request: ({ candidate, prompt }) =>
      `Your answer below is wrong. Find the step where it goes wrong, reason anew from there and end with "Answer: " and a letter.\n\nQuestion: ${prompt}\n\nYour answer:\n${candidate.text}`
  }),
  kind: "correction",
  model: student,
  temperature: 1
})

export const medCritical = jsonl("data/medCritical.jsonl", Prompt).pipe(
  generate({ n: 1, models: [student], temperature: 0 }),
  verdict,
  filter({ needs: { ...Candidates, ...Judgments }, reason: "right at once", keep: (row) => !isSolved(row) }),
  loop({ body: (rows) => rows.pipe(correction, verdict, letter), until: isSolved, most: 3 }),
  aggregate({ by: "min", axes: ["correct"] }),
  pair({ rules: [rewritten({ direction: "byScore", operation: "correct" })], carry: { tries: Schema.Int } }),
  take(1000)
)
const server = http({ baseUrl: "http://localhost:8000/v1", model: student })
export default medCritical.pipe(into(dataset()), using(server))
