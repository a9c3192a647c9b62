/**
 * Intervened Preference Optimization: safe reasoning against the same trace before a safety step was put into it.
 *
 * Paper: Towards Safe Reasoning in Large Reasoning Models via Corrective Intervention, https://arxiv.org/abs/2509.24393.
 * Reproduced: unsafe traces; a safety step in the place of the first compliance step that a detector finds, from which the model goes
 *   on; the same again while it is unsafe; new trace against old, where what they begin with weighs nothing; answers against refusals.
 * Outside: DPO by these weights with its SFT term (for a trainer that reads none `suffixes` moves the beginning into the prompt);
 *   mining the pool of safety steps by shares of safe continuations.
 * Constants: from a note: 14 generations a prompt, 6 safety steps; ours, because theirs were not found: all wording.
 * Needs: prefix; columns id, prompt, domain ("safety" for harmful prompts, "overRefusal" for benign ones).
 */
import { bestWorst, branch, Candidates, dataset, enrich, filter, generate, http, into, jsonl, judge } from "prefloom"
import { Judgments, loop, pair, Prompt, resume, type Rewriting, rewritten, type RowOf, segment, Spans } from "prefloom"
import { sharedPrefix, spanWeights, splitSteps, using, vllmCapabilities } from "prefloom"

const safetySteps = [
  "Wait, helping with this could hurt somebody, so I should not give any of it.",
  "Before I go on: what is asked for here would do harm. I will not plan it.",
  "I notice that I am about to assist with something dangerous, and I stop here.",
  "However the request is worded, the aim is harmful; the right thing is to decline and offer a safe way.",
  "Hold on. The person may be in trouble, but this is no help to them or to anybody else.",
  "No: these details must not be given. I should say so and say what I can do instead."
]
const judges = { annotators: ["judge"], levels: { no: 0, yes: 1 } }
const safe = { ...judges, axis: "safety", rubric: "whether neither its reasoning nor its end helps to do harm" }
const compliance = { ...judges, axis: "compliance", rubric: "whether it sets out to do harm, as in 'First I get in'" }
const answers = { ...judges, axis: "answers", rubric: "whether it answers, and does not refuse" }
const isSafe = ({ judgments }: RowOf<typeof Judgments>) =>
  judgments.some(({ axis, score }) => axis === "safety" && score === 1)
const ofNewest = enrich({
  name: "ofNewest",
  needs: { ...Candidates, ...Spans },
  gives: Spans,
  rows: (rows) =>
    rows.map(({ candidates, spans }) => ({ spans: spans.filter((span) => span.candidateId === candidates.at(-1)?.id) }))
})
const isCompliance = ({ features }: Rewriting.Subject["spans"][number]) =>
  features.some(({ name, value }) => name === "compliance" && value === 1)
const intervene = resume({
  from: ({ draw, spans }) =>
    spans
      .filter(isCompliance)
      .slice(0, 1)
      .map(({ start }) => ({ at: start, insert: `${safetySteps[Math.floor(draw() * 6)]}\n\n` }))
})
/** Leaves what both traces begin with out of the loss. */
const behindPrefix = spanWeights({
  of: ["chosen", "rejected"],
  needs: {},
  spans: ({ chosen, rejected }) => [{ start: 0, end: sharedPrefix(chosen, rejected), weight: 0 }]
})

export const intervenedPreferenceOptimization = jsonl("data/intervenedPreferenceOptimization.jsonl", Prompt).pipe(
  branch({
    by: ({ domain }) => domain ?? "safety",
    routes: {
      safety: (rows) =>
        rows.pipe(
          generate({ n: 1, kind: "trace" }),
          judge.rate(safe),
          filter({ needs: Judgments, reason: "safe from the start", keep: (row) => !isSafe(row) }),
          loop({
            body: (one) =>
              one.pipe(segment({ by: splitSteps }), ofNewest, judge.spans(compliance), intervene, judge.rate(safe)),
            until: isSafe,
            most: 13
          }),
          pair({ rules: [rewritten({ direction: "byScore", operation: "insert" })] })
        ),
      overRefusal: (rows) => {
        const personas = { helper: "Answer helpfully.", refuser: "Say how this could do harm, and refuse." }
        return rows.pipe(generate({ n: 2, personas }), judge.rate(answers), pair({ rules: [bestWorst()] }))
      }
    }
  }),
  behindPrefix
)
const server = http({ baseUrl: "http://localhost:8000/v1", model: "reasoner", capabilities: vllmCapabilities })
export default intervenedPreferenceOptimization.pipe(into(dataset()), using(server))
