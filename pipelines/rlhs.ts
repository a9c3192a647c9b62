/**
 * RLHS: pairs of advice, labelled by a simulated customer before and after it learns what came of it.
 *
 * Paper: RLHS: Mitigating Misalignment in RLHF with Hindsight Simulation, https://arxiv.org/abs/2501.08617.
 * Reproduced: two replies in one state; a customer who decides behind each; labels on the spot, after learning what was bought
 *   (partial hindsight) and after learning about all options (full hindsight), with reasons; the label that counts is chosen last.
 * Outside: DPO and PPO; the generator of scenarios; outcomes imagined by a world model in place of the facts; ratings from 1 to 5.
 * Constants: from the authors' code: 2 replies, 3 conditions, one order; ours: a utility of 0 for buying nothing.
 * Needs: a model that plays both roles; id, prompt (the customer's opening), options with name, price, facts and true utility.
 */
import { aggregate, bestWorst, Candidates, dataset, enrich, generate, into, jsonl, judge, Judgments } from "prefloom"
import { openai, pair, reject, reshape, rolePlay, type RowOf, using } from "prefloom"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Option = Schema.Struct({ name: Text, price: Schema.Finite, facts: Text, utility: Schema.Finite })
const Scenario = { id: Text, prompt: Text, options: Schema.Array(Option) }
const Decision = Schema.Struct({ candidateId: Text, said: Text, bought: Schema.NullOr(Text), utility: Schema.Finite })
const Decided = { decisions: Schema.Array(Decision), briefing: Text }

const factsOf = ({ facts, name, price }: typeof Option.Type) => `${name} (${price} euros): ${facts}`
/** What the assistant sees: the dialogue, and facts that the customer does not know. */
const briefing = ({ options, prompt }: Pick<RowOf<typeof Scenario>, "options" | "prompt">) =>
  `You sell in an online shop. You alone know:\n${options.map(factsOf).join("\n")}\n\nCustomer: ${prompt}`
const customer =
  "You are the customer. Believe what you are told, decide, and end with 'I buy option A' (or B, or C) or 'I buy nothing'."

/** Reads what the customer bought behind each reply, and keeps the replies. */
const decide = reshape({
  name: "decide",
  needs: { ...Scenario, ...Candidates },
  gives: { ...Candidates, ...Decided },
  keeps: true,
  row: (row) => {
    const replies = row.candidates.filter(({ parentId }) => parentId === null)
    const decisions = replies.flatMap(({ id, text }) => {
      const played = row.candidates.find(({ parentId }) => parentId === id)
      if (played === undefined) return []
      const said = played.text.slice(text.trimEnd().length).trim()
      const option = row.options.find(({ name }) => said.includes(`I buy ${name}`))
      return [{ candidateId: id, said, bought: option?.name ?? null, utility: option?.utility ?? 0 }]
    })
    if (decisions.length < replies.length) return [reject("a customer has not decided")]
    return [{ candidates: replies, decisions, briefing: briefing(row) }]
  }
})

/** What the customer knows when it compares: what it said then, what it got, what it could have got. */
type Known = RowOf<typeof Scenario & typeof Decided>
const after =
  (hindsight: "immediate" | "partial" | "full") =>
  (row: Known, ...shown: ReadonlyArray<{ readonly id: string }>) => {
    const lives = shown.map(({ id }, i) => {
      const { bought, said } = row.decisions.find(({ candidateId }) => candidateId === id)!
      const got = row.options.filter(({ name }) => name === bought).map(factsOf)[0] ?? "You bought nothing."
      return `After the ${i === 0 ? "first" : "second"}. ${said}${hindsight === "immediate" ? "" : `\nYou got: ${got}`}`
    })
    return [...lives, ...(hindsight === "full" ? ["All options:", ...row.options.map(factsOf)] : [])].join("\n")
  }
const rubric = "which of the two services satisfies you, the customer, more"
const axes = (["immediate", "partial", "full"] as const).map((axis) => ({ axis, rubric, evidence: after(axis) }))

const agreement = enrich({
  name: "agreement",
  needs: Judgments,
  gives: { conditionsAgree: Schema.Boolean },
  rows: (rows) =>
    rows.map(({ judgments }) => ({ conditionsAgree: new Set(judgments.map(({ verdict }) => verdict)).size === 1 }))
})

export const rlhs = jsonl("data/rlhs.jsonl", Scenario).pipe(
  generate({ n: 2, slots: Scenario, template: briefing }),
  rolePlay({ turns: 1, user: { system: customer } }),
  decide,
  judge.compare({ annotators: ["customer"], slots: { ...Scenario, ...Decided }, axes, orders: "one", critique: true }),
  agreement,
  aggregate({ by: "mean", axes: ["full"] }),
  pair({ rules: [bestWorst()], carry: { ...Decided, ...Judgments, conditionsAgree: Schema.Boolean } })
)
export default rlhs.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
