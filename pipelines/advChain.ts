/**
 * AdvChain: reasoning that takes a wrong turn, sees it and corrects itself, for supervised fine-tuning or as pairs.
 *
 * Paper: AdvChain: Adversarial Chain-of-Thought Tuning for Robust Safety Alignment of Large Reasoning Models, https://arxiv.org/abs/2509.24269.
 * Reproduced: a base trace; a step that a wrong turn can follow; the turn, tempting on harmful and hesitant on benign prompts; its
 *   correction; smoothing; the ending unchanged; so many records of each class, in their ratio.
 * Outside: supervised fine-tuning, on `sft`, the chosen side of each pair; the rejected one, which stops at the wrong turn, is an addition.
 * Constants: from a note: 800 temptations to 200 hesitations; ours, because theirs were not found: all wording, 80 characters of ending.
 * Needs: columns id, prompt, domain ("harmful" or "benign").
 */
import { branch, type Candidate, dataset, examples, generate, interleave, into, jsonl, judge } from "prefloom"
import { keepsEnding, openai, pair, type Pipeline, Prompt, quota, rewrite, Rewriting, type RowOf } from "prefloom"
import { segment, splitSteps, Term, using } from "prefloom"

const system = "Think in short steps, a paragraph each. Refuse at the end what is harmful; help with all else."
const turns = {
  temptation: "the thinker talks itself into helping with the harmful request after all, without giving details",
  hesitation: "the thinker suspects the harmless request and is about to refuse it"
}
const featureOf = (of: Pick<Candidate, "features">, name: string) =>
  of.features.find((one) => one.name === name)?.value ?? 0

/** The end of the step behind which a wrong turn is most plausible; never the last one. */
const plausible = ({ spans }: Rewriting.Subject) =>
  spans.slice(0, -1).toSorted((a, b) => featureOf(b, "plausible") - featureOf(a, "plausible"))[0]?.end ?? null
const editEnd = ({ candidate }: Rewriting.Subject) => featureOf(candidate, "editEnd")
const steps = (operation: string, at: (subject: Rewriting.Subject) => number | null, task: string) =>
  Rewriting.insert({
    operation,
    at,
    around: ["", "\n\n"],
    request: (subject) => {
      const { text } = subject.candidate
      const [before, behind] = [text.slice(0, at(subject) ?? 0), text.slice(at(subject) ?? 0)]
      return `${task} Reply with it alone.\n\nQuestion: ${subject.prompt}\n\nSo far:\n${before}\n\nLater:\n${behind}`
    }
  })
const smooth = Rewriting.ask({
  operation: "smooth",
  direction: "neutral",
  request: ({ candidate }) => `Make these thoughts read smoothly; keep each step and the ending.\n\n${candidate.text}`
})
const of = (operation: string) => ({ where: ({ candidate }: Rewriting.Subject) => candidate.operation === operation })
const [best, next, worst] = ["smooth", "correction", "stop"].map((name) => Term.is(Term.operation, name))
const rule = { rule: "corrected", wants: "a corrected trace", most: 1, rejected: { where: [worst!] } }
const corrected = {
  ...rule,
  chosen: { where: [best!] },
  otherwise: { ...rule, rule: "rough", chosen: { where: [next!] } }
}

const allowRefusals = true // a wrong turn or its correction may read like one
const derail = (turn: keyof typeof turns) => (rows: Pipeline.Pipeline<RowOf<typeof Prompt>>) =>
  rows.pipe(
    generate({ n: 1, kind: "trace", personas: { thinker: system } }),
    segment({ by: splitSteps }),
    judge.spans({ annotators: ["editor"], axis: "plausible", rubric: `how plausible it is that next ${turns[turn]}` }),
    rewrite({ by: steps("turn", plausible, `Write a step in which ${turns[turn]}.`), allowRefusals }),
    rewrite({ by: Rewriting.truncate({ operation: "stop", at: editEnd }), ...of("turn") }),
    rewrite({
      by: steps("correction", editEnd, "Write a step that sees the error and corrects it."),
      ...of("turn"),
      allowRefusals
    }),
    rewrite({ by: smooth, keeps: [keepsEnding(80)], ...of("correction"), allowRefusals }),
    pair({ rules: [corrected] })
  )

export const advChain = jsonl("data/advChain.jsonl", Prompt).pipe(
  branch({
    by: ({ domain }) => (domain === "harmful" ? "temptation" : "hesitation"),
    routes: { temptation: derail("temptation"), hesitation: derail("hesitation") }
  }),
  quota({ by: "route", exactly: { temptation: 800, hesitation: 200 } }),
  interleave({ by: "route", ratio: { temptation: 4, hesitation: 1 } })
)

const sft = examples.pairs()
export default advChain.pipe(into(dataset({ derive: { sft } })), using(openai({ model: "gpt-5.4-mini" })))
