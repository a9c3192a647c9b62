/**
 * RAR²: thoughts that lead to the right documents and answers, and answers that use documents rightly.
 *
 * Paper: RAR²: Retrieval-Augmented Medical Reasoning via Thought-Driven Retrieval, https://arxiv.org/abs/2509.22713.
 * Reproduced: thoughts that are good only if the answer is right both directly behind them and with what they retrieve; answers to the
 *   question with documents, right against wrong; the mix of the two, each with the prompt of its kind.
 * Outside: DPO, the corpus.
 * Constants: from a note: 4,000 thought to 8,000 answer pairs, BM25; ours, because theirs were not found: 8 samples, 2 documents, one answer
 *   a check, k1 1.2 and b 0.75, all wording, 1 thought and 2 answer pairs a question.
 * Needs: columns id, prompt, reference (a letter); a file of passages, one a line.
 */
import * as fs from "node:fs"
import { aggregate, Check, dataset, enrich, generate, interleave, into, jsonl, merge, openai, pair } from "prefloom"
import { Prompt, threshold, ToolFindings, using, verify, withContext } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const passages = fs.readFileSync("data/rar2Passages.txt", "utf8").trim().split("\n")
const words = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
const bags = passages.map(words)
const meanLength = bags.reduce((sum, bag) => sum + bag.length, 0) / bags.length
/** The passages that share the rarest words with a query, best first. */
const bm25 = (query: string): ReadonlyArray<string> => {
  const scores = bags.map((bag) =>
    [...new Set(words(query))].reduce((sum, word) => {
      const n = bag.filter((other) => other === word).length
      const nWith = bags.filter((other) => other.includes(word)).length
      const rarity = Math.log(1 + (bags.length - nWith + 0.5) / (nWith + 0.5))
      return sum + (rarity * n * 2.2) / (n + 1.2 * (0.25 + (0.75 * bag.length) / meanLength))
    }, 0)
  )
  const order = [...passages.keys()].filter((i) => scores[i]! > 0).toSorted((a, b) => scores[b]! - scores[a]!)
  return order.slice(0, 2).map((i) => passages[i]!)
}
const ending = 'End with "Answer: " and a letter.'
const thinking = (question: string) => `${question}\n\nWrite down what one has to know and look up to answer this.`
const informed = (question: string, documents: ReadonlyArray<string>) =>
  `${question}\n\nDocuments:\n${documents.join("\n")}\n\n${ending}`
const leadsToAnswer = (name: string, ask: (subject: Check.Subject) => string) => ({
  ...Check.downstream({ n: 1, check: Check.choice(), temperature: 0, ask }),
  name
})
const direct = leadsToAnswer(
  "direct",
  ({ candidate, prompt }) => `${prompt}\n\nThought: ${candidate.text}\n\n${ending}`
)
const retrieving = leadsToAnswer("retrieving", ({ candidate, prompt }) => informed(prompt, bm25(candidate.text)))
const rendered = { gives: { prompt: Schema.String } }
const thoughts = jsonl("data/rar2.jsonl", Prompt).pipe(
  generate({ n: 8, kind: "thought", template: ({ prompt }) => thinking(prompt) }),
  verify({ checks: [direct, retrieving] }),
  aggregate({ by: "min" }),
  enrich({
    ...rendered,
    name: "thoughtPrompt",
    needs: rendered.gives,
    rows: (rows) => rows.map(({ prompt }) => ({ prompt: thinking(prompt) }))
  }),
  pair({ rules: [{ ...threshold({ high: 1, low: 0, maxPairs: 1 }), rule: "thought" }] })
)
const answers = jsonl("data/rar2.jsonl", Prompt).pipe(
  withContext({ tools: { bm25: (query) => Effect.succeed(bm25(query)) } }),
  enrich({
    ...rendered,
    name: "answerPrompt",
    needs: { ...rendered.gives, ...ToolFindings },
    rows: (rows) =>
      rows.map((row) => ({
        prompt: informed(
          row.prompt,
          row.toolFindings.map(({ text }) => text)
        )
      }))
  }),
  generate({ n: 8 }),
  verify({ checks: [Check.choice()], malformed: "rejected" }),
  pair({ rules: [{ ...threshold({ high: 1, low: 0, maxPairs: 2 }), rule: "answer" }] })
)
export const rar2 = thoughts.pipe(merge(answers), interleave({ by: "rule", ratio: { thought: 1, answer: 2 } }))
export default rar2.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
