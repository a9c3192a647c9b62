/**
 * PrefCleanBench: one preference set, cleaned by each of the benchmark's thirteen methods.
 *
 * Paper: PrefCleanBench (NeurIPS 2025 Datasets and Benchmarks), https://arxiv.org/abs/2509.23564.
 * Reproduced: all thirteen methods as the benchmark states them, eight rules and what is done about it, on evidence gathered once. The copy of the authors' code that could
 * be read has slips (row indices after a filter, token positions, one loop for both tag rules); they are not reproduced.
 * Outside: training on each cleaned set and comparing the models; training the eight models behind the reward gap.
 * Constants: from the authors' code: six reward models, eight models for the gap, at most 6,000 rows by tags, three votes of six keep a
 * pair, a fraction of 0.2 in their configuration; ours, because theirs were not found: which fraction the published tables use.
 * Needs: reward models, log-probabilities of given texts, and a language model as judge and tagger, all at one provider. Input columns
 * id, prompt, chosen, rejected.
 */
import { dataset, enrich, flag, http, into, jsonl, judge, logProb, merge, score, treat, using } from "prefloom"
import { vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const preferences = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

const voters = ["inf", "ldl", "qrm", "skywork", "grm", "armo"] as const
const seeds = ["dpo1", "dpo2", "dpo3", "dpo4", "dpo5", "dpo6", "dpo7", "dpo8"] as const
const named = <const Name extends string>(names: ReadonlyArray<Name>) => names.map((name) => ({ name, model: name }))

const evidence = jsonl("data/prefCleanBench.jsonl", preferences).pipe(
  judge.pairs({ annotator: "judge", as: "judge", sides: true }),
  score.pairs({ models: named(voters) }),
  logProb.gaps({ models: named(seeds), reference: "sft" }),
  logProb.pairs({ model: "base" }),
  judge.classify({ annotator: "tagger", as: "tags", many: true })
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
const gaps = seeds.map((name) => `${name}Gap` as const)
const votes = {
  chosen: voters.map((name) => `${name}Chosen` as const),
  rejected: voters.map((name) => `${name}Rejected` as const)
}
const tags = { tags: "tags", nSelected: 6000 } as const
const chosen = { givenPrompt: "chosenGivenPrompt", alone: "chosenAlone", nTokens: "chosenTokens" } as const
const rejected = { givenPrompt: "rejectedGivenPrompt", alone: "rejectedAlone", nTokens: "rejectedTokens" } as const

/** Suspect pairs by each rule; the same evidence again is answered from the journal, so thirteen methods cost as much as one. */
const judged = evidence.pipe(flag({ rule: "llmJudge", chosen: "judgeChosen", rejected: "judgeRejected" }))
const byGap = evidence.pipe(flag({ rule: "rwGap", gaps, amount }))
const byMajority = evidence.pipe(flag({ rule: "voteMaj", ...votes }))
const byAll = evidence.pipe(flag({ rule: "voteAll", ...votes }))
const byComplexity = evidence.pipe(flag({ rule: "tagCmp", ...tags }))
const byDiversity = evidence.pipe(flag({ rule: "tagDiv", ...tags }))
const byDifficulty = evidence.pipe(flag({ rule: "ifd", chosen, amount }))
const byDifficultyGap = evidence.pipe(flag({ rule: "ifdGap", chosen, rejected, amount }))

const [remove, flip] = [treat({ treatment: "remove" }), treat({ treatment: "flip" })]
export const prefCleanBench = judged.pipe(
  remove,
  marked("LLM-Judge-R"),
  merge(judged.pipe(flip, marked("LLM-Judge-F"))),
  merge(byGap.pipe(remove, marked("RwGap-R"))),
  merge(byGap.pipe(treat({ treatment: "flip", negated: gaps }), marked("RwGap-F"))),
  merge(byMajority.pipe(remove, marked("Vote-Maj-R"))),
  merge(byMajority.pipe(flip, marked("Vote-Maj-F"))),
  merge(byAll.pipe(remove, marked("Vote-All-R"))),
  merge(byAll.pipe(flip, marked("Vote-All-F"))),
  merge(byComplexity.pipe(remove, marked("Tag-Cmp"))),
  merge(byDiversity.pipe(remove, marked("Tag-Div"))),
  merge(byDifficulty.pipe(remove, marked("IFD-R"))),
  merge(byDifficultyGap.pipe(remove, marked("IFD-Gap-R"))),
  merge(byDifficultyGap.pipe(flip, marked("IFD-Gap-F")))
)

const server = http({ model: "judge", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default prefCleanBench.pipe(into(dataset()), using(server))
