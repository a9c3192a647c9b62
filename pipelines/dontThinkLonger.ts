/**
 * Don't Think Longer, Think Wisely: traces that stop in time and lose what does not help, against the longer ones.
 *
 * Paper: Don't Think Longer, Think Wisely: Optimizing Thinking Dynamics for Large Reasoning Models, https://arxiv.org/abs/2505.21765.
 * Reproduced: thinking patterns at cue words; the chance of a right answer behind each of them by continuations; finalising at the first
 *   one where it is above a threshold; taking out what a judge flags, where a quick decode still reaches the answer.
 * Outside: SimPO. Several removals are tried one by one and then made together; the shortest right result counts.
 * Constants: ours, because theirs were not found: 4 traces, 8 continuations, above 0.5, the cues, which traces are rejected (longer ones).
 * Needs: prefix; columns id, prompt, reference.
 */
import { type Candidate, Candidates, Check, dataset, enrich, finalAnswer, generate, http, into, jsonl } from "prefloom"
import { judge, type Judgment, Judgments, pair, type PairRule, Prompt, resume, rewrite, Rewriting } from "prefloom"
import { segment, type Span, Spans, splitAtCues, Term, using, verify, vllmCapabilities } from "prefloom"

const correct = Check.answer({ read: finalAnswer })
const chance = { axis: "chance", checks: [Check.downstream({ n: 8, check: correct })] }
const isRight = Term.atLeast(Term.rating("correct"), 1)
const isLikely = (judgments: ReadonlyArray<Judgment>, { id }: Candidate) =>
  judgments.some(({ axis, firstId, score }) => axis === "chance" && firstId === id && (score ?? 0) > 0.5)
const has = ({ features }: Pick<Candidate, "features">, wanted: string, number: number) =>
  features.some(({ name, value }) => name === wanted && value === number)
const tails = ({ candidate, spans }: Rewriting.Subject) =>
  spans.slice(0, -1).map(({ end }) => ({ start: end, end: candidate.text.length }))
const prefixes = Rewriting.remove({ operation: "prefix", apart: true, ranges: tails })
const earliest = enrich({
  name: "earliest",
  needs: { ...Candidates, ...Judgments },
  gives: Candidates,
  rows: (rows) =>
    rows.map(({ candidates, judgments }) => {
      const firstOf = (id: string | null) => candidates.find((one) => one.parentId === id && isLikely(judgments, one))
      return { candidates: candidates.filter((one) => one.kind !== "prefix" || one === firstOf(one.parentId)) }
    })
})
const helps = { annotators: ["editor"], axis: "helps", levels: { no: 0, yes: 1 } }
const isFlagged = (span: Span) => has(span, "helps", 0)
const without = (kind: string) => ({
  by: Rewriting.remove({ operation: kind, apart: kind === "trial", ranges: ({ spans }) => spans.filter(isFlagged) }),
  where: ({ candidate }: Rewriting.Subject) => candidate.operation === "prefix",
  kind
})
const removable = enrich({
  name: "removable",
  needs: { ...Candidates, ...Judgments, ...Spans },
  gives: Spans,
  rows: (rows) =>
    rows.map(({ candidates, judgments, spans }) => {
      const fine = candidates.filter((one) => one.kind === "trial" && isLikely(judgments, one))
      const isFine = (of: Span) =>
        fine.some((one) => one.parentId === of.candidateId && has(one, "editStart", of.start))
      return { spans: spans.filter(isFine) }
    })
})
const conclude = ({ candidate: { kind, text } }: Rewriting.Subject) =>
  kind === "prefix" || kind === "pruned" ? [{ at: text.length, insert: "\n\nFinal answer:" }] : []
const few = { wants: "a finalised trace beside a longer one", most: 4, tie: "random" } as const
const shorter: PairRule = {
  ...few,
  rule: "shorter",
  chosen: { where: [Term.is(Term.operation, "finalise"), isRight], order: [Term.lowest(Term.textLength)] },
  rejected: { where: [Term.isOriginal, Term.moreThanChosen(Term.textLength)] }
}
export const dontThinkLonger = jsonl("data/dontThinkLonger.jsonl", Prompt).pipe(
  generate({ n: 4, kind: "trace" }),
  segment({ by: splitAtCues() }),
  rewrite({ by: prefixes, kind: "prefix" }),
  verify({ kinds: ["prefix"], ...chance }),
  earliest,
  segment({ by: splitAtCues(), of: ({ kind }) => kind === "prefix" }),
  judge.spans({ ...helps, rubric: "whether it helps to find the answer" }),
  rewrite(without("trial")),
  verify({ kinds: ["trial"], ...chance }),
  removable,
  rewrite(without("pruned")),
  resume({ from: conclude, operation: "finalise", temperature: 0 }),
  verify({ axis: "correct", checks: [correct], malformed: "rejected" }),
  pair({ rules: [shorter] })
)
const server = http({ baseUrl: "http://localhost:8000/v1", model: "reasoner", capabilities: vllmCapabilities })
export default dontThinkLonger.pipe(into(dataset()), using(server))
