/**
 * AceSearcher: decompositions and final answers, each credited with what its runs come to.
 *
 * Paper: AceSearcher: Bootstrapping Reasoning and Search for LLMs via Reinforced Self-Play, https://arxiv.org/abs/2509.24193.
 * Reproduced: runs nested in decompositions; a run's score (exact, contained, F1), a decomposition's mean; two kinds of pairs of one set.
 * Outside: fine-tuning, retrieval in a run. Not reproduced: sub-answer and code pairs, zipping, top 2 by bottom 2 (ours: all).
 * Constants: from the authors' code: gaps 1.33, at most 1 and 1.2, under 7 sub-questions, agreement 0.666; ours, because theirs were not
 *   found: 4 decompositions, 4 runs, degenerate wording, all requests.
 * Needs: columns id, prompt, reference.
 */
import { aggregate, type Candidate, Candidates, Check, dataset, enrich, generate, into, jsonl } from "prefloom"
import { Judgments, openai, pair, Prompt, rewrite, Rewriting, Term, using, verify } from "prefloom"
import * as Schema from "effect/Schema"

const split = (question: string) => `Break this question into sub-questions, one a line.\n\n${question}`
const task = 'Answer each in two lines, "Q: …" and "A: …", and the whole question last.'
const request = ({ candidate, prompt }: Rewriting.Subject) => `${task}\n\n${prompt}\n\n${candidate.text}`
const solve = Rewriting.ask({ operation: "solve", direction: "neutral", request })
const saidIn = (run: string) => [...run.matchAll(/^A: *(.*)$/gm)].map(([, said]) => said!)
const read = (run: string) => saidIn(run).at(-1) ?? null
const checks = (["exact", "contained", "f1"] as const).map((by) => Check.answer({ by, read }))
const isUsable = ({ text }: Candidate) => text.trim().split("\n").length < 7 && !/\b(n\/a|same as)\b/i.test(text)

const contrasted = enrich({
  name: "contrasted",
  needs: { ...Candidates, ...Judgments },
  gives: Candidates,
  rows: (rows) =>
    rows.map(({ candidates, judgments }) => {
      const scores = new Map(judgments.map(({ firstId, score }) => [firstId, score ?? 0])) // the last merge counts
      const means = candidates.flatMap(({ id, kind }) => (kind === "run" ? [] : (scores.get(id) ?? [])))
      const isApart = Math.max(...means) - Math.min(...means) >= 1.33 && Math.min(...means) <= 1
      return { candidates: candidates.filter(({ kind }) => kind === "run" || isApart) }
    })
})
const usable = Term.test("usable", isUsable)
const decompose = {
  rule: "decompose",
  wants: "a good decomposition beside a bad one",
  chosen: { where: [Term.isBest, usable] },
  rejected: { where: [Term.anyOf(Term.isWorst, Term.isBest), Term.anyOf(Term.isWorst, Term.not(usable))] }
}
const parent = Term.attribute("decomposition", ({ parentId }) => parentId)
const agreement = Term.quantity("agreement", ({ text }, chosen) => {
  const [own, wanted] = [saidIn(text), saidIn(chosen.text).slice(0, -1)]
  return wanted.filter((said, i) => said.toLowerCase() === own[i]?.toLowerCase()).length / wanted.length
})
const low = [Term.above(Term.margin, 1.33), Term.atMost(Term.score, 1.2), Term.atLeast(agreement, 0.666)]
const one = { maxSimilarity: 1, most: 1, per: parent, tie: "random" } as const
const final = {
  ...one,
  rule: "final",
  wants: "runs that agree but in the end",
  chosen: { where: [Term.is(Term.kind, "run")] },
  rejected: { where: [Term.sameAsChosen(parent), ...low], order: [Term.highest(agreement)] }
}
const texts = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const render = enrich({
  name: "render",
  needs: { ...texts, rule: Schema.String },
  gives: texts,
  rows: (rows) =>
    rows.map(({ chosen, prompt, rejected, rule }) => {
      if (rule === "decompose") return { prompt: split(prompt), chosen, rejected }
      const before = chosen.slice(0, chosen.lastIndexOf("\nA:"))
      return { prompt: `${prompt}\n\n${before}`, chosen: read(chosen) ?? "", rejected: read(rejected) ?? "" }
    })
})
const graded = jsonl("data/aceSearcher.jsonl", Prompt).pipe(
  generate({ n: 4, kind: "decomposition", template: ({ prompt }) => split(prompt) }),
  rewrite({ by: solve, n: 4, kind: "run", temperature: 1 }),
  verify({ kinds: ["run"], checks, malformed: "rejected" }),
  aggregate({ by: "sum" }),
  aggregate({ by: "hierarchicalMean", annotators: ["aggregate:sum"] })
)
const carry = { reference: Schema.NullOr(Schema.String) }
export const aceSearcher = graded.pipe(contrasted, pair({ rules: [decompose, final], carry }), render)
export default aceSearcher.pipe(into(dataset()), using(openai({ model: "gpt-5-mini" })))
