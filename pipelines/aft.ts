/**
 * AFT: for each question all its chains of thought, those that reach the answer and those that do not, as one ranked group.
 *
 * Paper: Making Large Language Models Better Reasoners with Alignment, https://arxiv.org/abs/2309.02144.
 * Reproduced: several chains for each question, put by their final answer into a positive (rank 1) and a negative set (rank 2) that stay
 * together.
 * Outside: the constraint alignment loss, and the fine-tuning before it; ranks from a judge in place of the answer.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: 6 chains at temperature 1; equal chains count once,
 * a chain without a number leaves, and a question with only one of the sets leaves, because the loss compares the two.
 * Needs: a model that reasons in words. Input columns id, domain, prompt, reference; the reference is a number.
 */
import { Check, dataset, generate, into, jsonl, openai, Prompt, rankedList, using, verify } from "prefloom"

export const aft = jsonl("data/aft.jsonl", Prompt).pipe(
  generate({
    n: 6,
    kind: "chain of thought",
    template: ({ prompt }) => `${prompt}\nThink step by step and end with the number alone on the last line.`
  }),
  verify({ checks: [Check.number()], malformed: "drop" }),
  rankedList()
)

export default aft.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
