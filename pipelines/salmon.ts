/**
 * SALMON: pairs under principles, some of them negated, for a reward model that can be instructed.
 *
 * Paper: SALMON: Self-Alignment with Instructable Reward Models, https://arxiv.org/abs/2310.05910.
 * Reproduced: two samples; every principle judged in both orders by the gap of two answer tokens; four draws of negated principles
 *   for each pair, decided by the widest gap in units of its variance; rules for language and stock refusals; recorded noise.
 * Outside: the reward model and PPO; the cleaning of SHP and HH; the 3 of 11 principles that are judged but never merged. An addition
 *   is `judge`: the same pairs as rows for a judge that answers in words.
 * Constants: from the authors' code: temperature 0.7, 768 tokens, 16 characters, 4 draws, geometric 0.2, at most 8 principles, half
 *   of them negated, half of the refusals, noise 0.1 and 0.25; ours: the words of the principles, and variances over the draws.
 * Needs: topLogProbs; id, domain, prompt, reference.
 */
import { aggregate, bestWorst, Candidates, Check, dataset, filter, generate, http, into, jsonl, judge } from "prefloom"
import { judgeExamples, type Judgment, Judgments, pair, type PairRule, plantNoise, Prompt, reject } from "prefloom"
import { reshape, type RowOf, Seed, Term, using, verify, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const qualities =
  "concise, honest and accurate, ethical, specific, educational and engaging, methodical, creative, comprehensive"
const axes = qualities.split(", ").map((axis) => ({ axis, rubric: `which is more ${axis}` }))
const questionId = Schema.String
const principles = Schema.Array(Schema.Struct({ axis: Schema.String, negated: Schema.Boolean }))

/** What both orders agree on (else nothing) as ratings of the two answers, turned round by a negated principle. */
const ratings = (said: Judgment, sign: number) =>
  [said.firstId, said.secondId!].map((firstId, i): Judgment => {
    const score = said.verdict === null ? 0 : ((i === 0 ? sign : -sign) * said.score!) / 2
    return { ...said, firstId, secondId: null, verdict: null, score }
  })

/** Draws how many principles, which, and which of them negated: four times for each pair. */
const condition = reshape({
  name: "condition",
  needs: { id: Schema.String, ...Candidates, ...Judgments },
  gives: { id: Schema.String, questionId, principles, ...Judgments },
  keeps: true,
  row: ({ candidates, id, judgments }, { random }) => {
    const on = (name: string) => judgments.filter(({ axis, score }) => axis === name && score !== null)
    const nForeign = on("language").filter(({ score }) => score === 0).length
    if (nForeign === candidates.length) return [reject("all answers are in another language")]
    return [0, 1, 2, 3].map((nth) => {
      const draw = random(id, nth)
      let n = 9
      while (n > 8) n = 1 + Math.floor(Math.log(1 - draw()) / Math.log(0.8))
      const facts = [...on("language"), ...(draw() < 0.5 ? on("no refusal") : [])]
      const drawn = axes.map(({ axis }) => ({ at: draw(), one: { axis, negated: draw() < 0.5 } }))
      const shown = drawn.toSorted((a, b) => a.at - b.at).flatMap(({ one }, i) => (i < n ? [one] : []))
      const said = shown.flatMap(({ axis, negated }) => on(axis).flatMap((one) => ratings(one, negated ? -1 : 1)))
      return { id: Seed.contentId(id, nth), questionId: id, principles: shown, judgments: [...facts, ...said] }
    })
  }
})

/** A fact that one answer alone fails overrules the principles, where these say anything. */
const byFact = (rule: string, otherwise: PairRule): PairRule => {
  const decided = Term.test("principles decide", ({ score }) => score !== 0)
  const chosen = { where: [decided, Term.atLeast(Term.rating(rule), 1)] }
  return { rule, wants: "a failing one", chosen, rejected: { where: [Term.atMost(Term.rating(rule), 0)] }, otherwise }
}
const polite = Check.rule("no refusal", ({ candidate }) => !candidate.text.includes("As an AI language model"))

export const salmon = jsonl("data/prompts.jsonl", Prompt).pipe(
  generate({ n: 2, temperature: 0.7, maxTokens: 768 }),
  filter({ needs: Candidates, reason: "short", keep: (row) => row.candidates.every(({ text }) => text.length >= 16) }),
  verify({ checks: [Check.language(), polite] }),
  judge.compare({ annotators: ["judge"], axes, soft: true }),
  condition,
  aggregate({ by: "dominantAxis", axes: axes.map(({ axis }) => axis) }),
  pair({ rules: [byFact("language", byFact("no refusal", bestWorst()))], carry: { questionId, principles } }),
  plantNoise({ kind: "perClass", column: "rule", rates: { language: 0.25, "no refusal": 0.25, bestWorst: 0.1 } })
)
const better = (row: RowOf<{ principles: typeof principles }>) =>
  row.principles.map(({ axis, negated }) => `${negated ? "less" : "more"} ${axis}`).join(", ")
const rubric = (row: Parameters<typeof better>[0]) => `which is better, where better means ${better(row)}`
export const forJudges = judgeExamples({ slots: { principles }, rubric, orders: "one" })
const server = { baseUrl: "http://localhost:8000/v1", model: "sft", capabilities: vllmCapabilities }
export default salmon.pipe(into(dataset({ derive: { judge: forJudges } })), using(http(server)))
