/**
 * AceSearcher: decompositions and final answers, each credited with what its runs come to.
 *
 * Paper: AceSearcher: Bootstrapping Reasoning and Search for LLMs via Reinforced Self-Play, https://arxiv.org/abs/2509.24193.
 * Reproduced: runs nested in decompositions; a run's score (exact, contained, F1), a decomposition's mean; three kinds of pairs of one set:
 *   decompositions, final answers, and the first sub-answer in which a good and a bad run have no word in common.
 * Outside: fine-tuning, retrieval in a run. Not reproduced: code pairs, zipping, top 2 by bottom 2 (ours: all).
 * Constants: from the authors' code: gaps 1.33, at most 1 and 1.2, under 7 sub-questions, agreement 0.666; ours, because theirs were not
 *   found: 4 decompositions, 4 runs, degenerate wording, all requests.
 * Needs: columns id, prompt, reference.
 */
import { aggregate, Candidates, Check, dataset, enrich, generate, into, jsonl } from "prefloom"
import { Judgments, openai, pair, Prompt, rewrite, Rewriting, Term, using, verify } from "prefloom"
import * as Schema from "effect/Schema"

const split = (question: string) => `Break this question into sub-questions, one a line.\n\n${question}`
const task = 'Answer each in two lines, "Q: …" and "A: …", and the whole question last.'
const request = ({ candidate, prompt }: Rewriting.Subject) => `${task}\n\n${prompt}\n\n${candidate.text}`
const solve = Rewriting.ask({ operation: "solve", direction: "neutral", request })
const answersIn = (run: string) => [...run.matchAll(/^A: *(.*)$/gm)]
const saidIn = (run: string) => answersIn(run).map(([, said]) => said!.toLowerCase())
const read = (run: string) => answersIn(run).at(-1)?.[1] ?? null
const checks = (["exact", "contained", "f1"] as const).map((by) => Check.answer({ by, read }))

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
const degenerate = /\b(n\/a|same as)\b/i
const usable = Term.test("usable", ({ text }) => text.trim().split("\n").length < 7 && !degenerate.test(text))
const best = { where: [Term.isBest, usable] }
const worst = { where: [Term.anyOf(Term.isWorst, Term.isBest), Term.anyOf(Term.isWorst, Term.not(usable))] }
const decompose = { rule: "decompose", wants: "a good plan beside a bad one", chosen: best, rejected: worst }
const parent = Term.attribute("decomposition", ({ parentId }) => parentId)
const agreement = Term.quantity("agreement", ({ text }, chosen) => {
  const wanted = saidIn(chosen.text).slice(0, -1)
  return wanted.filter((said, i) => said === saidIn(text)[i]).length / wanted.length
})
const wordsOf = (text: string) => new Set(text.match(/[\p{L}\p{N}]+/gu))
const parting = (good: string, bad: string) =>
  saidIn(bad).findIndex((said, i) => wordsOf(said).isDisjointFrom(wordsOf(saidIn(good)[i] ?? said)))
const places = (good: string) => [...saidIn(good).keys()].slice(0, -1)
const early = Term.test("early", ({ text }, { text: good }) => places(good).includes(parting(good, text)))
const low = [Term.sameAsChosen(parent), Term.above(Term.margin, 1.33), Term.atMost(Term.score, 1.2)]
const run = { where: [Term.is(Term.kind, "run")] }
const one = { chosen: run, maxSimilarity: 1, most: 1, per: parent, tie: "random" } as const
const agreeing = { where: [...low, Term.atLeast(agreement, 0.666)], order: [Term.highest(agreement)] }
const final = { ...one, rule: "final", wants: "runs that agree but in the end", rejected: agreeing }
const sub = { ...one, rule: "subAnswer", wants: "runs that part before the end", rejected: { where: [...low, early] } }
const texts = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const render = enrich({
  name: "render",
  needs: { ...texts, rule: Schema.String },
  gives: texts,
  rows: (rows) =>
    rows.map(({ chosen, prompt, rejected, rule }) => {
      if (rule === "decompose") return { prompt: split(prompt), chosen, rejected }
      const at = rule === "final" ? -1 : parting(chosen, rejected)
      const [good, bad] = [answersIn(chosen).at(at)!, answersIn(rejected).at(at)!]
      return { prompt: `${prompt}\n\n${chosen.slice(0, good.index - 1)}`, chosen: good[1]!, rejected: bad[1]! }
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
export const aceSearcher = graded.pipe(contrasted, pair({ rules: [decompose, final, sub], carry }), render)
export default aceSearcher.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
