/**
 * PrefCleanBench: one preference set, cleaned by each of the benchmark's thirteen methods.
 *
 * Paper: PrefCleanBench (NeurIPS 2025 Datasets and Benchmarks), https://arxiv.org/abs/2509.23564.
 * Reproduced: all thirteen rules as the benchmark states them, on evidence that is gathered once. The copy of the authors' code that could
 * be read has slips (row indices after a filter, token positions, one loop for both tag rules); they are not reproduced.
 * Outside: training on each cleaned set and comparing the models; training the eight models behind the reward gap.
 * Constants: from the authors' code: six reward models, eight models for the gap, at most 6,000 rows by tags, three votes of six keep a
 * pair, a fraction of 0.2 in their configuration; ours, because theirs were not found: which fraction the published tables use.
 * Needs: reward models, log-probabilities of given texts, and a language model as judge and tagger, all at one provider. Input columns
 * id, prompt, chosen, rejected.
 */
import { dataset, enrich, http, into, jsonl, logProb, merge, prefCleanBench as cleanBy, score, tag } from "prefloom"
import { using, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const preferences = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

const voters = ["inf", "ldl", "qrm", "skywork", "grm", "armo"] as const
const seeds = ["dpo1", "dpo2", "dpo3", "dpo4", "dpo5", "dpo6", "dpo7", "dpo8"] as const
const named = <const Name extends string>(names: ReadonlyArray<Name>) => names.map((name) => ({ name, model: name }))

const evidence = jsonl("data/prefCleanBench.jsonl", preferences).pipe(
  score.byJudges({ judges: [{ name: "judge" }] }),
  score.pairs({ models: named(voters) }),
  logProb.gaps({ models: named(seeds), reference: "sft" }),
  logProb.pairs({ model: "base" }),
  tag()
)

const marked = (method: string) =>
  enrich({
    name: "marked",
    needs: {},
    gives: { method: Schema.String },
    config: { method },
    rows: (rows) => rows.map(() => ({ method }))
  })

const amount = { fraction: 0.2 }
const judged = { chosen: "judgeChosen", rejected: "judgeRejected" } as const
const gaps = { gaps: seeds.map((name) => `${name}Gap` as const), amount }
const votes = {
  chosen: voters.map((name) => `${name}Chosen` as const),
  rejected: voters.map((name) => `${name}Rejected` as const)
}
const tags = { tags: "tags", nSelected: 6000 } as const
const chosen = { givenPrompt: "chosenGivenPrompt", alone: "chosenAlone", nTokens: "chosenTokens" } as const
const rejected = { givenPrompt: "rejectedGivenPrompt", alone: "rejectedAlone", nTokens: "rejectedTokens" } as const

/** The same evidence again is answered from the journal, so thirteen methods cost as much as one. */
export const prefCleanBench = evidence.pipe(
  cleanBy("LLM-Judge-R", judged),
  marked("LLM-Judge-R"),
  merge(evidence.pipe(cleanBy("LLM-Judge-F", judged), marked("LLM-Judge-F"))),
  merge(evidence.pipe(cleanBy("RwGap-R", gaps), marked("RwGap-R"))),
  merge(evidence.pipe(cleanBy("RwGap-F", gaps), marked("RwGap-F"))),
  merge(evidence.pipe(cleanBy("Vote-Maj-R", votes), marked("Vote-Maj-R"))),
  merge(evidence.pipe(cleanBy("Vote-Maj-F", votes), marked("Vote-Maj-F"))),
  merge(evidence.pipe(cleanBy("Vote-All-R", votes), marked("Vote-All-R"))),
  merge(evidence.pipe(cleanBy("Vote-All-F", votes), marked("Vote-All-F"))),
  merge(evidence.pipe(cleanBy("Tag-Cmp", tags), marked("Tag-Cmp"))),
  merge(evidence.pipe(cleanBy("Tag-Div", tags), marked("Tag-Div"))),
  merge(evidence.pipe(cleanBy("IFD-R", { chosen, amount }), marked("IFD-R"))),
  merge(evidence.pipe(cleanBy("IFD-Gap-R", { chosen, rejected, amount }), marked("IFD-Gap-R"))),
  merge(evidence.pipe(cleanBy("IFD-Gap-F", { chosen, rejected, amount }), marked("IFD-Gap-F")))
)

const server = http({ model: "judge", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default prefCleanBench.pipe(into(dataset()), using(server))
