/**
 * Tool-Light: preferences among rollouts with tools, for right answers with no more calls than it takes.
 *
 * Paper: Toward Effective Tool-Integrated Reasoning via Self-Evolved Preference Learning, https://arxiv.org/abs/2509.23285.
 * Reproduced: 4,000 questions that fail without tools; plain and entropy-branching sampler; easy and hard by a group's accuracy; pair
 *   rules by calls, entropy and length; hard items reversed from round 2 on; the mix of hard and easy.
 * Outside: SFT, DPO between the rounds (`train`), running tools inside a rollout (the endpoint's affair).
 * Constants: from the authors' code: 4,000 questions, 10 plain rollouts, temperature 1, 3 places, 3 branches, openings of 10 to 50 tokens,
 *   4 searches, 4 code runs, F1 of 1; from a note: 2:1, 2 rounds; ours, because theirs were not found: hard below an accuracy of 0.5.
 * Needs: topLogProbs, prefix, an endpoint that runs tools; id, prompt, reference, demonstration (of the SFT data, or null).
 */
import { branch, type Candidate, Candidates, Check, dataset, enrich, filter, finalAnswer } from "prefloom"
import { generate, type Group, http, interleave, into, Judgments, jsonl, merge, originalAnswer, pair } from "prefloom"
import { type PairRule, Prompt, resume, type Round, type RowOf, rounds, segment, splitToolCalls, take } from "prefloom"
import { Term, using, verify, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"
const Question = { ...Prompt, demonstration: Schema.NullOr(Schema.String) }
const system = "Think, search in <search>…</search>, run code in <python>…</python>, and end with 'Answer: …'."
const correct = verify({ checks: [Check.answer({ by: "f1", read: finalAnswer })], malformed: "rejected" })
/** By the accuracy of the group; where nothing is right the trajectory of the SFT data stands in. */
const difficulty = enrich({
  name: "difficulty",
  needs: { ...Question, ...Candidates, ...Judgments },
  gives: { ...Candidates, isHard: Schema.Boolean },
  rows: (rows) =>
    rows.map(({ candidates, demonstration, id, judgments }) => {
      const nRight = candidates.filter((one) => judgments.some((at) => at.firstId === one.id && at.score === 1)).length
      const sft = { ...originalAnswer, id: `${id} sft`, kind: "sft", model: "sft", text: demonstration ?? "" }
      return { candidates: nRight > 0 ? candidates : [...candidates, sft], isHard: nRight < candidates.length / 2 }
    })
})
const count = ({ text }: Candidate, tag: string) => text.split(`<${tag}>`).length - 1
const calls = Term.quantity("tool calls", (candidate) => count(candidate, "search") + count(candidate, "python"))
const capped = Term.test("at most 4 + 4 calls", (one) => count(one, "search") <= 4 && count(one, "python") <= 4)
const [right, wrong] = [Term.atLeast(Term.score, 1), [Term.atMost(Term.score, 0.999), capped]]
const [shortest, longest] = [[Term.lowest(Term.textLength)], [Term.highest(Term.textLength)]]
const usual = { wants: "a right rollout beside a wrong one", most: 1, tie: "random" } as const
const fewest = [Term.lowest(calls), Term.lowest(Term.feature("entropyNats"))]
const frugal: PairRule = {
  ...usual,
  rule: "branching",
  chosen: { where: [Term.anyOf(right, Term.is(Term.kind, "sft")), capped], order: fewest },
  rejected: { where: [...wrong, Term.moreThanChosen(calls)] }
}
const short: PairRule = {
  ...usual,
  rule: "plain",
  chosen: { where: [right, capped], order: shortest },
  rejected: { where: [...wrong, Term.moreThanChosen(Term.textLength)] }
}
const reversed = { chosen: { where: [right, capped], order: longest }, rejected: { where: wrong, order: shortest } }
const cut = (first: PairRule, { round: nth }: Round) =>
  branch({
    by: (row: RowOf<typeof Group> & { readonly isHard: boolean }) => (row.isHard ? "hard" : "easy"),
    routes: { easy: pair({ rules: [first] }), hard: pair({ rules: [nth === 1 ? first : { ...first, ...reversed }] }) }
  })
const failing = (row: RowOf<typeof Judgments>) => row.judgments.every(({ score }) => score !== 1)
const round = (at: Round) => {
  const solver = { models: [at.model], personas: { solver: system } }
  const questions = jsonl("data/toolLight.jsonl", Question).pipe(
    generate({ n: 1, models: at.history.slice(0, 1), temperature: 0, name: "answer without tools" }),
    correct,
    filter({ needs: Judgments, reason: "right without tools", keep: failing }),
    take(4000)
  )
  return questions.pipe(
    generate({ n: 1, ...solver, alternatives: 20 }),
    segment({ by: splitToolCalls() }),
    resume({ peaks: { top: 3, where: ({ kind }) => kind === "toolCall" }, n: 3, model: at.model, system }),
    correct,
    difficulty,
    cut(frugal, at),
    merge(questions.pipe(generate({ n: 10, ...solver }), correct, difficulty, cut(short, at))),
    interleave({ by: "route", ratio: { hard: 2, easy: 1 } })
  )
}
const train = ["node", "-p", "process.env.PREFLOOM_MODEL"] as const // your trainer; this one gives the model back
export const toolLight = rounds({ n: 2, model: "tool-light-sft", train, round })
const server = http({ baseUrl: "http://localhost:8000/v1", model: "tool-light-sft", capabilities: vllmCapabilities })
export default toolLight.pipe(into(dataset()), using(server))
