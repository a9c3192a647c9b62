/**
 * Judge shelf life: verdicts with reasons for training judges, split by who made the answers and by question.
 *
 * Paper: On the Shelf Life of Fine-Tuned LLM Judges: Future Proofing, Backward Compatibility, and Question Generalization,
 *   https://arxiv.org/abs/2509.23542.
 * Reproduced: 20 answers of each generator; a right and a wrong one of the same generator; a teacher's verdicts with reasons in both
 *   orders, right ones against wrong ones; parts weak or strong by pass@1, on seen or unseen questions; accuracy in both orders.
 * Outside: SFT (on the chosen verdicts) and DPO of the judges, continual learning.
 * Constants: from a note: 20 answers, weak 0.17 to 0.26, strong 0.42 to 0.50; ours, because theirs were not found: the border at 0.34
 *   between them, 4 verdicts in each order, a quarter of the questions unseen.
 * Needs: generators and a teacher at one endpoint; id, prompt, reference (a number).
 */
import { adopt, audit, bestWorst, type Candidate, Candidates, Check, dataset, finalAnswer, generate } from "prefloom"
import { http, into, jsonl, judge, Judgments, originalAnswer, pair, reshape, sameModel, Seed, split } from "prefloom"
import { using, verify, whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Question = { id: Text, prompt: Text, reference: Text }
const Source = { split: Text, strong: Schema.Array(Text) }
const Made = { questionId: Text, generator: Text, part: Text, accuracyInBothOrders: Schema.Finite }
const models = ["gemma-2-9b-it", "qwen2-7b-instruct", "gemma-3-12b-it", "qwen2.5-32b-instruct"]
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
/** Makes the verdicts on a pair, order by order, the candidates of a question to a judge. */
const verdicts = reshape({
  name: "verdicts",
  needs: { ...Source, id: Text, promptId: Text, prompt: Text, chosenModel: Text, ...Candidates, ...Judgments },
  gives: { ...Made, ...Question, ...Candidates },
  keeps: false,
  row: ({ candidates, chosenModel: generator, id, judgments, prompt, promptId: questionId, ...row }) => {
    const part = `${row.strong.includes(generator) ? "strong" : "weak"} ${row.split === "train" ? "seen" : "unseen"}`
    const orders = candidates.map((first, i) => {
      const reference = i === 0 ? "first" : "second"
      const said = judgments.filter(({ firstId }) => firstId === first.id)
      const accuracy = said.filter(({ verdict }) => verdict === reference).length / said.length
      const question = `Which answer is right?\n${prompt}\n\nFirst: ${first.text}\n\nSecond: ${candidates[1 - i]!.text}`
      const written = said.map(({ annotator: model, critique, verdict }, nth): Candidate => {
        return { ...originalAnswer, id: `${id} ${reference} ${nth}`, text: `${critique}\nAnswer: ${verdict}`, model }
      })
      return { id: Seed.contentId(id, reference), prompt: question, reference, accuracy, candidates: written }
    })
    const accuracyInBothOrders = Math.min(...orders.map(({ accuracy }) => accuracy))
    return orders.map((order) => ({ ...order, questionId, generator, part, accuracyInBothOrders }))
  }
})

export const judgeShelfLife = jsonl("data/judgeShelfLife.jsonl", Question).pipe(
  split({ unseen: 0.25 }, { by: "id" }),
  generate({ n: 20 * models.length, models }),
  verify({ checks: [Check.number()], malformed: "rejected" }),
  strong,
  pair({ rules: [sameModel({ tie: "random" })], carry: Source }),
  adopt(),
  judge.compare({ annotators: [{ name: "teacher", model: "teacher" }], samples: 4, critique: true }),
  audit(),
  verdicts,
  verify({ checks: [Check.answer({ read: finalAnswer })] }),
  pair({ rules: [bestWorst({ tie: "random" })], carry: Made })
)
const server = { baseUrl: "http://localhost:8000/v1", model: "teacher" }
export default judgeShelfLife.pipe(into(dataset()), using(http(server)))
