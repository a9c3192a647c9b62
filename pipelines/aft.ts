/**
 * AFT: for each question all its chains of thought, those that reach the answer and those that do not, as one group.
 *
 * Paper: Making Large Language Models Better Reasoners with Alignment, https://arxiv.org/abs/2309.02144.
 * Reproduced: several chains for each question, split by their final answer into a positive and a negative set that stay together.
 * Outside: the constraint alignment loss, and the fine-tuning before it; the ranked variant.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: 6 chains at temperature 1; equal chains count once,
 * a chain without a number leaves, and a question with only one of the sets leaves, because the loss compares the two.
 * Needs: a model that reasons in words. Input columns id, domain, prompt, reference; the reference is a number.
 */
import { Check, dataset, generate, into, jsonl, openai, Prompt, reject, reshape, using, verify } from "prefloom"
import { Candidates } from "prefloom/schemas/Candidate"
import { Judgments } from "prefloom/schemas/Judgment"
import * as Schema from "effect/Schema"

const texts = Schema.Array(Schema.String)

/** The question with both sets; what loss functions on groups read. */
const splitByAnswer = reshape({
  name: "splitByAnswer",
  needs: { ...Prompt, ...Candidates, ...Judgments },
  gives: { id: Schema.String, prompt: Schema.String, reference: Prompt.reference, positive: texts, negative: texts },
  keeps: false,
  row: ({ candidates, id, judgments, prompt, reference }) => {
    const reached = new Map(judgments.map(({ firstId, score }) => [firstId, score]))
    const ending = (score: number) => [
      ...new Set(candidates.filter((candidate) => reached.get(candidate.id) === score).map(({ text }) => text))
    ]
    const [positive, negative] = [ending(1), ending(0)]
    return positive.length === 0 || negative.length === 0
      ? [reject("one set is empty", `${positive.length} chains reach the answer, ${negative.length} do not`)]
      : [{ id, prompt, reference, positive, negative }]
  }
})

export const aft = jsonl("data/aft.jsonl", Prompt).pipe(
  generate({
    n: 6,
    kind: "chain of thought",
    template: ({ prompt }) => `${prompt}\nThink step by step and end with the number alone on the last line.`
  }),
  verify({ checks: [Check.number()], malformed: "drop" }),
  splitByAnswer
)

export default aft.pipe(into(dataset()), using(openai({ model: "gpt-5-mini" })))
