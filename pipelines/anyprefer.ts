/**
 * Anyprefer: pairs that a judge with tools cuts and a scorer accepts, with instructions that are repaired until it does.
 *
 * Paper: Anyprefer: An Agentic Framework for Preference Data Synthesis, https://arxiv.org/abs/2504.19276.
 * Reproduced: the target answers several times; each tool is asked once and shown to the judge alone; best against worst; a scorer rates the
 *   pair; below the threshold it rewrites the instructions of target and judge, for this prompt alone, and all is tried again.
 * Outside: DPO; images. The tool here looks into a list of facts; put search, detectors or captioners in its place.
 * Constants: from a third-party re-implementation: 5 candidates, a judge scale of 1 to 10, accepted at 8, 3 tries, instructions new with each
 *   prompt; ours, because theirs were not found: the tools and the words of all requests.
 * Needs: a model as target, judge and scorer. Input columns id, domain, prompt, reference.
 */
import { ask, Candidates, dataset, enrich, generate, into, jsonl, judge, Judgments, loop, openai } from "prefloom"
import { Prompt, type RowOf, ToolFindings, using, withContext } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const facts = { lentils: "Dry lentils keep for years.", magpies: "Most magpies avoid shiny objects." }
const lookUp = (query: string) =>
  Effect.succeed(Object.entries(facts).flatMap(([subject, fact]) => (query.includes(subject) ? fact : [])))

const textOrNull = Schema.NullOr(Schema.String)

/** What goes from one try to the next; no instruction yet stands for the one below. */
const State = { targetInstruction: textOrNull, judgeInstruction: textOrNull, pairCritique: textOrNull }
const first = { targetInstruction: "Answer well.", judgeInstruction: "Check the facts." }
const now = (which: keyof typeof first, row: RowOf<typeof State>) => row[which] ?? first[which]

/** Has an instruction rewritten, from the second try on. */
const repair = <const Which extends keyof typeof first>(as: Which) =>
  ask({
    as,
    slots: State,
    request: (row) =>
      row.pairCritique &&
      `A pair of answers was not good enough to learn from: ${row.pairCritique}\nRewrite this instruction so that the next one is, and reply with it alone: ${now(as, row)}`
  })

const Sides = { chosen: Schema.String, rejected: Schema.String, margin: Schema.Finite }

/** The pair as columns beside its group, which the loop needs whole; the next try judges anew. */
const bestAndWorst = enrich({
  name: "bestAndWorst",
  needs: { ...Candidates, ...Judgments },
  gives: { ...Sides, opinions: Judgments.judgments, ...Judgments },
  rows: (rows) =>
    rows.map(({ candidates, judgments }) => {
      const sorted = judgments.filter(({ score }) => score !== null).toSorted((a, b) => b.score! - a.score!)
      const [best, worst] = [sorted[0], sorted.at(-1)]
      const [chosen, rejected] = [best, worst].map((of) => candidates.find(({ id }) => id === of?.firstId)?.text ?? "")
      const margin = (best?.score ?? 0) - (worst?.score ?? 0)
      return { chosen: chosen!, rejected: rejected!, margin, opinions: judgments, judgments: [] }
    })
})

export const anyprefer = jsonl("data/anyprefer.jsonl", Prompt).pipe(
  withContext({ tools: { lookUp } }),
  loop({
    state: State,
    start: () => ({ targetInstruction: null, judgeInstruction: null, pairCritique: null }),
    most: 3,
    body: (rows) =>
      rows.pipe(
        repair("targetInstruction"),
        repair("judgeInstruction"),
        generate({ n: 5, slots: State, template: (row) => `${now("targetInstruction", row)}\n\n${row.prompt}` }),
        judge.rate({
          annotators: ["judge"],
          slots: { ...State, ...ToolFindings },
          critique: true,
          evidence: (row) => [now("judgeInstruction", row), ...row.toolFindings.map((one) => one.text)].join("\n")
        }),
        bestAndWorst,
        judge.pairs({ annotator: "scorer" })
      ),
    until: ({ margin, pairScore }) => margin > 0 && (pairScore ?? 0) >= 8
  })
)

export default anyprefer.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
