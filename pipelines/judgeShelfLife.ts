/**
 * Judge shelf life: verdicts with reasons for training judges, split by who made the answers and by question.
 *
 * Paper: On the Shelf Life of Fine-Tuned LLM Judges: Future Proofing, Backward Compatibility, and Question Generalization,
 *   https://arxiv.org/abs/2509.23542.
 * Reproduced: 20 answers of each generator; a right and a wrong one of the same generator; a teacher's verdicts with reasons in both
 *   orders, right ones against wrong ones; parts weak or strong by pass@1, on seen or unseen questions; accuracy in both orders.
 * Outside: SFT (on `sft`, the chosen verdicts) and DPO of the judges, continual learning.
 * Constants: from a note: 20 answers, weak 0.17 to 0.26, strong 0.42 to 0.50; ours, because theirs were not found: the border at 0.34
 *   between them, 4 verdicts in each order, a quarter of the questions unseen.
 * Needs: generators and a teacher at one endpoint; id, prompt, reference (a number).
 */
import { adopt, audit, bestWorst, Candidates, Check, dataset, enrich, examples, finalAnswer, generate } from "prefloom"
import { http, into, jsonl, judge, judgeExamples, Judgments, pair, sameModel, split, using, verify } from "prefloom"
import { whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Question = { id: Text, prompt: Text, reference: Text }
const Source = { split: Text, strong: Schema.Array(Text) }
const Made = { questionId: Text, generator: Text, part: Text, accuracyInBothOrders: Schema.Finite }
const models = ["gemma-2-9b-it", "qwen2-7b-instruct", "gemma-3-12b-it", "qwen2.5-32b-instruct"]
const rubric = "which answer is right"
/** Tells which generators are right more often than the border, over all questions. */
const strong = whole({
  name: "strong",
  needs: { ...Candidates, ...Judgments },
  gives: { strong: Source.strong },
  keeps: true,
  begin: () => {
    const points = new Map<string, number>()
    return {
      see: ({ candidates, judgments }) => {
        for (const { id, model } of candidates) {
          const mark = judgments.find(({ firstId }) => firstId === id)?.score ?? 0
          points.set(model, (points.get(model) ?? 0) + mark - 0.34)
        }
      },
      settle: Effect.sync(() => () => [{ strong: [...points.keys()].filter((model) => points.get(model)! > 0) }])
    }
  }
})
/** Says which part a pair belongs to, and how often the teacher is right in the order in which it is right less often. */
const parts = enrich({
  name: "parts",
  needs: { ...Source, promptId: Text, chosen: Text, chosenModel: Text, ...Candidates, ...Judgments },
  gives: Made,
  rows: (rows) =>
    rows.map(
      ({ candidates, chosen, chosenModel: generator, judgments, promptId: questionId, split: seen, strong: of }) => {
        const part = `${of.includes(generator) ? "strong" : "weak"} ${seen === "train" ? "seen" : "unseen"}`
        const accuracies = candidates.map(({ id, text }) => {
          const said = judgments.filter(({ firstId }) => firstId === id)
          return said.filter(({ verdict }) => verdict === (text === chosen ? "first" : "second")).length / said.length
        })
        return { questionId, generator, part, accuracyInBothOrders: Math.min(...accuracies) }
      }
    )
})

export const judgeShelfLife = jsonl("data/judgeShelfLife.jsonl", Question).pipe(
  split({ unseen: 0.25 }, { by: "id" }),
  generate({ n: 20 * models.length, models }),
  verify({ checks: [Check.number()], malformed: "rejected" }),
  strong,
  pair({ rules: [sameModel({ tie: "random" })], carry: Source }),
  adopt(),
  judge.compare({ annotators: [{ name: "teacher", model: "teacher" }], rubric, samples: 4, critique: true }),
  audit(),
  parts,
  judgeExamples({ from: "judgments", rubric, carry: Made }),
  verify({ checks: [Check.answer({ read: finalAnswer })] }),
  pair({ rules: [bestWorst({ tie: "random" })], carry: Made })
)
const server = { baseUrl: "http://localhost:8000/v1", model: "teacher" }
export default judgeShelfLife.pipe(into(dataset({ derive: { sft: examples.pairs() } })), using(http(server)))
