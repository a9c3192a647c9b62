/**
 * From prompts to a cleaned preference data set, with the embedded simulated model: no key, no network.
 *
 * Four personas answer every prompt, the best answer gets an injected error, five annotators of different skill compare all
 * candidates, RE-PO estimates who can be trusted, and the cleaned labels decide the pairs. `gold` judges a quarter of the
 * prompts and is trusted for calibration alone.
 */
import { bestWorst, clean, generate, inject, injected, judge, pair, pairOfPairs, split } from "prefloom"
import { dataset, into, jsonl, Prompt, simulated, using } from "prefloom"

const personas = {
  expert: "You are an expert. Answer correctly, completely and clearly.",
  teacher: "You are a patient teacher. Answer so that a beginner understands.",
  student: "You are a student in the second year. Answer as well as you can.",
  hurried: "You are in a great hurry. Answer in the first words that come to mind."
}

export default jsonl("data/prompts.jsonl", Prompt).pipe(
  generate({ n: 4, personas }),
  judge.rate({ annotators: ["scorer"] }),
  inject(),
  judge.rate({ annotators: ["scorer"] }),
  judge.compare({ annotators: ["ada", "bram", "chen", "dunja", "emil", { name: "gold", share: 0.25 }] }),
  clean({ evidence: ["scorer"], trusted: ["gold"] }),
  pair({ rules: [bestWorst(), injected()] }),
  split({ test: 0.1 }),
  into(dataset({ derive: { pairs_of_pairs: pairOfPairs() } })),
  using(simulated()) // a real model: using(openai({ model: "gpt-5.4-mini" }))
)
